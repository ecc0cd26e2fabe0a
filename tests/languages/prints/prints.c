/* Hands on the names of airlines, and prints some of them. */
#include <bubbles.h>
#include <stdio.h>

#define AIRLINE(FIELD) FIELD(carrier, TEXT) FIELD(name, TEXT)
BUBBLES_ROW(airline, AIRLINE)

#define NAME(FIELD) FIELD(name, TEXT)
BUBBLES_ROW(name, NAME)

static bubbles_result prints(const bubbles_no_config *config, const airline *airline) {
    (void)config;
    bubbles_text text = airline->name;
    if (bubbles_text_is(airline->carrier, "AA")) printf("%.*s\n", (int)text.size, text.data);
    if (bubbles_text_is(airline->carrier, "HA")) fprintf(stderr, "%.*s\n", (int)text.size, text.data);
    name_emit(&(name){.name = text});
    return BUBBLES_OK;
}

BUBBLES_TRANSFORM(bubbles_no_config, airline, prints, .summary = "prints some airlines")
