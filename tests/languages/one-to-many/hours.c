/* Gives a row for each hour that a flight came in late, begun ones too: none, one or many. */
#include <bubbles.h>

#define FLIGHT(FIELD) FIELD(arr_delay, OPTIONAL_INTEGER) FIELD(carrier, TEXT) FIELD(flight, INTEGER)
BUBBLES_ROW(flight, FLIGHT)

#define HOUR(FIELD) FIELD(carrier, TEXT) FIELD(flight, INTEGER) FIELD(hour, INTEGER) FIELD(minutes, INTEGER)
BUBBLES_ROW(hour, HOUR)

static bubbles_result hours(const bubbles_no_config *config, const flight *flight) {
    (void)config;
    hour hour = {.carrier = flight->carrier, .flight = flight->flight};
    for (int64_t left = flight->arr_delay.present ? flight->arr_delay.value : 0; left > 0; left -= 60) {
        hour.hour++;
        hour.minutes = left < 60 ? left : 60;
        hour_emit(&hour);
    }
    return BUBBLES_OK;
}

BUBBLES_TRANSFORM(bubbles_no_config, flight, hours, .summary = "gives a row for each hour of delay")
