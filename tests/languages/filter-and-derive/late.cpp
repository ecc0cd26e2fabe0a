// Keeps the flights that came in late, and says how late and how fast they were.
#include <bubbles.hpp>

struct config {
    double minutes;
};
BUBBLES_FIELDS(config, minutes)

struct flight {
    int64_t year, month, day;
    std::optional<int64_t> arr_delay;
    std::string_view carrier;
    int64_t flight;
    std::string_view origin, dest;
    std::optional<int64_t> air_time;
    int64_t distance;
};
BUBBLES_FIELDS(flight, year, month, day, arr_delay, carrier, flight, origin, dest, air_time, distance)

struct late_flight {
    std::string date;
    std::string_view carrier;
    int64_t flight;
    std::string route;
    int64_t arr_delay;
    std::string_view delay;
    std::optional<double> miles_a_minute;
};
BUBBLES_FIELDS(late_flight, date, carrier, flight, route, arr_delay, delay, miles_a_minute)

static std::string digits(int64_t number, size_t width) {
    std::string text = std::to_string(number);
    return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

static std::string_view class_of(int64_t minutes) {
    return minutes < 120 ? "short" : minutes < 300 ? "long" : "very long";
}

struct late : bubbles::transform<config, flight> {
    bubbles::result row(const flight &flight) override {
        if (!flight.arr_delay || static_cast<double>(*flight.arr_delay) <= config.minutes) return bubbles::ok;
        late_flight late{
            .date = digits(flight.year, 4) + "-" + digits(flight.month, 2) + "-" + digits(flight.day, 2),
            .carrier = flight.carrier,
            .flight = flight.flight,
            .route = std::string(flight.origin) + "-" + std::string(flight.dest),
            .arr_delay = *flight.arr_delay,
            .delay = class_of(*flight.arr_delay),
            .miles_a_minute = {},
        };
        // Half a mile is added so that no language writes the quotient as a whole number.
        if (flight.air_time) {
            late.miles_a_minute = (static_cast<double>(flight.distance) + 0.5) / static_cast<double>(*flight.air_time);
        }
        bubbles::emit(late);
        return bubbles::ok;
    }
};

BUBBLES_CLASS(late, "keeps the late flights")
