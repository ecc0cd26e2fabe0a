/* Numbers the flights, and stumbles in the middle at its first attempt. */
#include <bubbles.h>

#define FLIGHT(FIELD) FIELD(flight, INTEGER)
BUBBLES_ROW(flight, FLIGHT)

#define NUMBERED(FIELD) FIELD(number, INTEGER) FIELD(flight, INTEGER) FIELD(attempt, INTEGER)
BUBBLES_ROW(numbered, NUMBERED)

static numbered next;

static bubbles_result open(const void *config, const bubbles_context *context) {
    (void)config;
    next.attempt = context->attempt;
    return BUBBLES_OK;
}

static bubbles_result row(const void *config, const void *row) {
    (void)config;
    if (++next.number == 20000 && next.attempt == 1) return bubbles_transient("not today");
    next.flight = ((const flight *)row)->flight;
    numbered_emit(&next);
    return BUBBLES_OK;
}

BUBBLES_TRANSFORM_TASK(bubbles_no_config, (.input = flight_shape, .row = row, .open = open),
                       .summary = "stumbles at its first attempt")
