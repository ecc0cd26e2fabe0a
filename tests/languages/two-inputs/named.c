/* Gives each flight the name of its airline: the first input has the airlines, the second the flights. */
#include <bubbles.h>
#include <stdlib.h>

#define AIRLINE(FIELD) FIELD(carrier, TEXT) FIELD(name, TEXT)
BUBBLES_ROW(airline, AIRLINE)

#define FLIGHT(FIELD) FIELD(carrier, TEXT) FIELD(flight, INTEGER)
BUBBLES_ROW(flight, FLIGHT)

#define NAMED(FIELD) FIELD(flight, INTEGER) FIELD(airline, OPTIONAL_TEXT)
BUBBLES_ROW(named, NAMED)

static airline airlines[100];
static size_t count;

static bubbles_text copy_of(bubbles_text text) {
    char *copy = malloc(text.size);
    if (!copy) __builtin_trap();
    bubbles_text whole = {memcpy(copy, text.data, text.size), text.size};
    return whole;
}

static bubbles_result learn(void *state, const void *row) {
    (void)state;
    const airline *airline = row;
    if (count == sizeof airlines / sizeof *airlines) return bubbles_fatal("there are too many airlines");
    airlines[count].carrier = copy_of(airline->carrier);
    airlines[count++].name = copy_of(airline->name);
    return BUBBLES_OK;
}

static bubbles_result name(void *state, const void *row) {
    (void)state;
    const flight *flight = row;
    named named = {.flight = flight->flight};
    for (size_t i = 0; i < count && !named.airline.present; i++) {
        bubbles_text carrier = airlines[i].carrier;
        if (carrier.size != flight->carrier.size || memcmp(carrier.data, flight->carrier.data, carrier.size)) continue;
        named.airline.present = true;
        named.airline.value = airlines[i].name;
    }
    named_emit(&named);
    return BUBBLES_OK;
}

static bubbles_result chunk(const void *config, uint32_t input, char *data, size_t size) {
    (void)config;
    airline airline;
    flight flight;
    return input == 0 ? bubbles_for_each_row(airline_shape(), data, size, &airline, learn, NULL)
                      : bubbles_for_each_row(flight_shape(), data, size, &flight, name, NULL);
}

BUBBLES_TRANSFORM_TASK(bubbles_no_config, (.chunk = chunk), .summary = "gives each flight the name of its airline")
