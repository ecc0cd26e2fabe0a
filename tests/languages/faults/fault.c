/* Does with the third flight what it is told to: rejects it, fails in one of three ways, or crashes. */
#include <bubbles.h>

#define CONFIG(FIELD) FIELD(fault, TEXT)
BUBBLES_CONFIG(config, CONFIG)

#define FLIGHT(FIELD) FIELD(carrier, TEXT) FIELD(flight, INTEGER)
BUBBLES_ROW(flight, FLIGHT)

static bubbles_result fault(const config *config, const flight *flight) {
    static int count;
    if (++count != 3) {
        flight_emit(flight);
        return BUBBLES_OK;
    }
    bubbles_log(BUBBLES_WARN, "the third flight");
    if (bubbles_text_is(config->fault, "reject")) return bubbles_reject("it is the third");
    if (bubbles_text_is(config->fault, "invalid")) return bubbles_invalid("the third is bad");
    if (bubbles_text_is(config->fault, "transient")) return bubbles_transient("the third is not there yet");
    if (bubbles_text_is(config->fault, "fatal")) return bubbles_fatal("the third is too much");
    __builtin_trap();
}

BUBBLES_TRANSFORM(config, flight, fault, .summary = "has trouble with the third flight")
