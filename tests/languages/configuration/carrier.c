/* Keeps the flights of one carrier: which, has to be said; how far they go at least, may be said. */
#include <bubbles.h>

#define CONFIG(FIELD) FIELD(carrier, TEXT) FIELD(miles, OPTIONAL_NUMBER)
BUBBLES_CONFIG(config, CONFIG)

#define FLIGHT(FIELD) FIELD(day, INTEGER) FIELD(carrier, TEXT) FIELD(flight, INTEGER) FIELD(distance, NUMBER)
BUBBLES_ROW(flight, FLIGHT)

#define KEPT(FIELD) FIELD(flight, INTEGER) FIELD(day, INTEGER)
BUBBLES_ROW(kept, KEPT)

static bubbles_result keep(const config *config, const flight *flight) {
    bubbles_text wanted = config->carrier;
    if (flight->carrier.size != wanted.size || memcmp(flight->carrier.data, wanted.data, wanted.size)) return BUBBLES_OK;
    if (config->miles.present && flight->distance < config->miles.value) return BUBBLES_OK;
    kept_emit(&(kept){.flight = flight->flight, .day = flight->day});
    return BUBBLES_OK;
}

BUBBLES_TRANSFORM(config, flight, keep, .summary = "keeps the flights of one carrier")
