/* Hands on the names of airlines, and says something at each level of some of them. */
#include <bubbles.h>

#define AIRLINE(FIELD) FIELD(carrier, TEXT) FIELD(name, TEXT)
BUBBLES_ROW(airline, AIRLINE)

#define NAME(FIELD) FIELD(name, TEXT)
BUBBLES_ROW(name, NAME)

static void say(bubbles_level level, bubbles_text name, const char *words) {
    static bubbles_buffer line;
    line.size = 0;
    bubbles_add_text(&line, name);
    bubbles_add(&line, words);
    bubbles_log_text(level, bubbles_text_in(&line));
}

static bubbles_result words(const bubbles_no_config *config, const airline *airline) {
    (void)config;
    bubbles_text carrier = airline->carrier;
    if (bubbles_text_is(carrier, "AA")) say(BUBBLES_DEBUG, airline->name, " is there");
    if (bubbles_text_is(carrier, "B6")) say(BUBBLES_INFO, airline->name, " is \"blue\"");
    if (bubbles_text_is(carrier, "F9")) say(BUBBLES_WARN, airline->name, " is cold\nand far");
    if (bubbles_text_is(carrier, "HA")) say(BUBBLES_ERROR, airline->name, " is wet – é€😀");
    name_emit(&(name){.name = airline->name});
    return BUBBLES_OK;
}

BUBBLES_TRANSFORM(bubbles_no_config, airline, words, .summary = "says something of some airlines")
