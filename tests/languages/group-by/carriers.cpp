// Counts the flights of each carrier, and tells how late they were and how far they went.
#include <bubbles.hpp>
#include <map>

struct flight {
    std::optional<int64_t> arr_delay;
    std::string_view carrier;
    int64_t distance;
};
BUBBLES_FIELDS(flight, arr_delay, carrier, distance)

struct carrier {
    std::string carrier;
    int64_t flights = 0, arrived = 0, minutes_late = 0, farthest = 0;
};
BUBBLES_FIELDS(carrier, carrier, flights, arrived, minutes_late, farthest)

struct carriers : bubbles::transform<bubbles::no_config, flight> {
    std::map<std::string, carrier, std::less<>> groups;

    bubbles::result row(const flight &flight) override {
        auto found = groups.find(flight.carrier);
        if (found == groups.end()) {
            std::string name(flight.carrier);
            found = groups.emplace(name, carrier{.carrier = name}).first;
        }
        carrier &group = found->second;
        group.flights++;
        group.arrived += flight.arr_delay.has_value();
        group.minutes_late += flight.arr_delay.value_or(0);
        group.farthest = std::max(group.farthest, flight.distance);
        return bubbles::ok;
    }

    bubbles::result finish() override {
        for (const auto &[name, group] : groups) bubbles::emit(group);
        return bubbles::ok;
    }
};
BUBBLES_CLASS(carriers, "counts the flights of each carrier")
