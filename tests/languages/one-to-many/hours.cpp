// Gives a row for each hour that a flight came in late, begun ones too: none, one or many.
#include <bubbles.hpp>

struct flight {
    std::optional<int64_t> arr_delay;
    std::string_view carrier;
    int64_t flight;
};
BUBBLES_FIELDS(flight, arr_delay, carrier, flight)

struct hour {
    std::string_view carrier;
    int64_t flight, hour, minutes;
};
BUBBLES_FIELDS(hour, carrier, flight, hour, minutes)

struct hours : bubbles::transform<bubbles::no_config, flight> {
    bubbles::result row(const flight &flight) override {
        hour hour{.carrier = flight.carrier, .flight = flight.flight, .hour = 1, .minutes = 0};
        for (int64_t left = flight.arr_delay.value_or(0); left > 0; left -= 60, hour.hour++) {
            hour.minutes = std::min<int64_t>(left, 60);
            bubbles::emit(hour);
        }
        return bubbles::ok;
    }
};
BUBBLES_CLASS(hours, "gives a row for each hour of delay")
