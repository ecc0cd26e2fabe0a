/* Keeps the flights that came in late, and says how late and how fast they were. */
#include <bubbles.h>
#include <stdlib.h>

#define CONFIG(FIELD) FIELD(minutes, NUMBER)
BUBBLES_CONFIG(config, CONFIG)

#define FLIGHT(FIELD)                                                                         \
    FIELD(year, INTEGER)                                                                      \
    FIELD(month, INTEGER)                                                                     \
    FIELD(day, INTEGER)                                                                       \
    FIELD(arr_delay, OPTIONAL_INTEGER)                                                        \
    FIELD(carrier, TEXT)                                                                      \
    FIELD(flight, INTEGER)                                                                    \
    FIELD(origin, TEXT)                                                                       \
    FIELD(dest, TEXT)                                                                         \
    FIELD(air_time, OPTIONAL_INTEGER)                                                         \
    FIELD(distance, INTEGER)
BUBBLES_ROW(flight, FLIGHT)

#define LATE(FIELD)                                                                           \
    FIELD(date, TEXT)                                                                         \
    FIELD(carrier, TEXT)                                                                      \
    FIELD(flight, INTEGER)                                                                    \
    FIELD(route, TEXT)                                                                        \
    FIELD(arr_delay, INTEGER)                                                                 \
    FIELD(delay, TEXT)                                                                        \
    FIELD(miles_a_minute, OPTIONAL_NUMBER)
BUBBLES_ROW(late, LATE)

static const char *class_of(int64_t minutes) {
    return minutes < 120 ? "short" : minutes < 300 ? "long" : "very long";
}

static bubbles_result keep_late(const config *config, const flight *flight) {
    static bubbles_buffer date, route;
    if (!flight->arr_delay.present || (double)flight->arr_delay.value <= config->minutes) return BUBBLES_OK;
    date.size = route.size = 0;
    bubbles_add_integer(&date, flight->year, 4);
    bubbles_add(&date, "-");
    bubbles_add_integer(&date, flight->month, 2);
    bubbles_add(&date, "-");
    bubbles_add_integer(&date, flight->day, 2);
    bubbles_add_text(&route, flight->origin);
    bubbles_add(&route, "-");
    bubbles_add_text(&route, flight->dest);
    late late = {
        .date = bubbles_text_in(&date),
        .carrier = flight->carrier,
        .flight = flight->flight,
        .route = bubbles_text_in(&route),
        .arr_delay = flight->arr_delay.value,
        .delay = bubbles_text_of(class_of(flight->arr_delay.value)),
    };
    /* Half a mile is added so that no language writes the quotient as a whole number. */
    if (flight->air_time.present) {
        late.miles_a_minute.present = true;
        late.miles_a_minute.value = ((double)flight->distance + 0.5) / (double)flight->air_time.value;
    }
    late_emit(&late);
    return BUBBLES_OK;
}

BUBBLES_TRANSFORM(config, flight, keep_late, .summary = "keeps the late flights")
