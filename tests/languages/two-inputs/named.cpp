// Gives each flight the name of its airline: the first input has the airlines, the second the flights.
#include <bubbles.hpp>
#include <map>

struct airline {
    std::string carrier, name;
};
BUBBLES_FIELDS(airline, carrier, name)

struct flight {
    std::string_view carrier;
    int64_t flight;
};
BUBBLES_FIELDS(flight, carrier, flight)

struct named_flight {
    int64_t flight;
    std::optional<std::string_view> airline;
};
BUBBLES_FIELDS(named_flight, flight, airline)

struct named : bubbles::transform<bubbles::no_config, airline, flight> {
    std::map<std::string, std::string, std::less<>> names;

    bubbles::result row(const airline &airline) override {
        names[airline.carrier] = airline.name;
        return bubbles::ok;
    }

    bubbles::result row(const flight &flight) override {
        named_flight named{.flight = flight.flight, .airline = {}};
        if (auto found = names.find(flight.carrier); found != names.end()) named.airline = found->second;
        bubbles::emit(named);
        return bubbles::ok;
    }
};
BUBBLES_CLASS(named, "gives each flight the name of its airline")
