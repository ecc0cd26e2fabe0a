// A plugin for Bubbles: keeps the warm readings, and adds a column.
#include <bubbles.hpp>

// What `config` in the pipeline holds.
struct config {
    double warm;
};
BUBBLES_FIELDS(config, warm)

// The columns of the input that are looked at.
struct reading {
    std::string_view sensor;
    std::optional<double> celsius;
};
BUBBLES_FIELDS(reading, sensor, celsius)

// The columns of the output.
struct warm_reading {
    std::string_view sensor;
    double celsius, fahrenheit;
};
BUBBLES_FIELDS(warm_reading, sensor, celsius, fahrenheit)

// `emit` for each row out. `return bubbles::reject("why")` puts the row aside.
struct warm : bubbles::transform<config, reading> {
    bubbles::result row(const reading &reading) override {
        if (!reading.celsius || *reading.celsius < config.warm) return bubbles::ok;
        bubbles::emit(warm_reading{reading.sensor, *reading.celsius, *reading.celsius * 9 / 5 + 32});
        return bubbles::ok;
    }
};

BUBBLES_CLASS(warm, "keeps the warm readings, in Fahrenheit too")
