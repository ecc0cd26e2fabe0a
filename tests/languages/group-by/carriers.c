/* Counts the flights of each carrier, and tells how late they were and how far they went. */
#include <bubbles.h>
#include <stdlib.h>

#define FLIGHT(FIELD) FIELD(arr_delay, OPTIONAL_INTEGER) FIELD(carrier, TEXT) FIELD(distance, INTEGER)
BUBBLES_ROW(flight, FLIGHT)

#define CARRIER(FIELD)                                                                        \
    FIELD(carrier, TEXT)                                                                      \
    FIELD(flights, INTEGER)                                                                   \
    FIELD(arrived, INTEGER)                                                                   \
    FIELD(minutes_late, INTEGER)                                                              \
    FIELD(farthest, INTEGER)
BUBBLES_ROW(carrier, CARRIER)

static carrier groups[100];
static size_t count;

static int compare(const void *a, const void *b) {
    bubbles_text one = ((const carrier *)a)->carrier, other = ((const carrier *)b)->carrier;
    int order = memcmp(one.data, other.data, one.size < other.size ? one.size : other.size);
    return order ? order : (one.size > other.size) - (one.size < other.size);
}

static carrier *group_of(bubbles_text name) {
    carrier wanted = {.carrier = name};
    for (size_t i = 0; i < count; i++) {
        if (compare(&groups[i], &wanted) == 0) return &groups[i];
    }
    if (count == sizeof groups / sizeof *groups) return NULL;
    char *copy = malloc(name.size);
    if (!copy) return NULL;
    wanted.carrier.data = memcpy(copy, name.data, name.size);
    groups[count] = wanted;
    return &groups[count++];
}

static bubbles_result take(const void *config, const void *row) {
    (void)config;
    const flight *flight = row;
    carrier *group = group_of(flight->carrier);
    if (!group) return bubbles_fatal("there are too many carriers");
    group->flights++;
    group->arrived += flight->arr_delay.present;
    if (flight->arr_delay.present) group->minutes_late += flight->arr_delay.value;
    if (group->farthest < flight->distance) group->farthest = flight->distance;
    return BUBBLES_OK;
}

static bubbles_result finish(const void *config) {
    (void)config;
    qsort(groups, count, sizeof *groups, compare);
    for (size_t i = 0; i < count; i++) carrier_emit(&groups[i]);
    return BUBBLES_OK;
}

BUBBLES_TRANSFORM_TASK(bubbles_no_config, (.input = flight_shape, .row = take, .finish = finish),
                       .summary = "counts the flights of each carrier")
