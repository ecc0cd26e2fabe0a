/* A plugin for Bubbles: keeps the warm readings, and adds a column. */
#include <bubbles.h>

/* What `config` in the pipeline holds. */
#define CONFIG(FIELD) FIELD(warm, NUMBER)
BUBBLES_CONFIG(config, CONFIG)

/* The columns of the input that are looked at. */
#define READING(FIELD) FIELD(sensor, TEXT) FIELD(celsius, OPTIONAL_NUMBER)
BUBBLES_ROW(reading, READING)

/* The columns of the output. */
#define WARM(FIELD) FIELD(sensor, TEXT) FIELD(celsius, NUMBER) FIELD(fahrenheit, NUMBER)
BUBBLES_ROW(warm, WARM)

/* One row in; `warm_emit` for each row out. `return bubbles_reject("why")` puts the row aside. */
static bubbles_result keep_warm(const config *config, const reading *reading) {
    if (!reading->celsius.present || reading->celsius.value < config->warm) return BUBBLES_OK;
    double celsius = reading->celsius.value;
    warm warm = {.sensor = reading->sensor, .celsius = celsius, .fahrenheit = celsius * 9 / 5 + 32};
    warm_emit(&warm);
    return BUBBLES_OK;
}

BUBBLES_TRANSFORM(config, reading, keep_warm, .summary = "keeps the warm readings, in Fahrenheit too")
