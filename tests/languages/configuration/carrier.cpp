// Keeps the flights of one carrier: which, has to be said; how far they go at least, may be said.
#include <bubbles.hpp>

struct config {
    std::string carrier;
    std::optional<double> miles;
};
BUBBLES_FIELDS(config, carrier, miles)

struct flight {
    int64_t day;
    std::string_view carrier;
    int64_t flight;
    double distance;
};
BUBBLES_FIELDS(flight, day, carrier, flight, distance)

struct kept {
    int64_t flight, day;
};
BUBBLES_FIELDS(kept, flight, day)

struct carrier : bubbles::transform<config, flight> {
    bubbles::result row(const flight &flight) override {
        bool wanted = flight.carrier == config.carrier && flight.distance >= config.miles.value_or(0);
        if (wanted) bubbles::emit(kept{.flight = flight.flight, .day = flight.day});
        return bubbles::ok;
    }
};
BUBBLES_CLASS(carrier, "keeps the flights of one carrier")
