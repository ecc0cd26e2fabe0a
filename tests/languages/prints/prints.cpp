// Hands on the names of airlines, and prints some of them.
#include <bubbles.hpp>
#include <iostream>

struct airline {
    std::string_view carrier, name;
};
BUBBLES_FIELDS(airline, carrier, name)

struct name {
    std::string_view name;
};
BUBBLES_FIELDS(name, name)

struct prints : bubbles::transform<bubbles::no_config, airline> {
    bubbles::result row(const airline &airline) override {
        if (airline.carrier == "AA") std::cout << airline.name << "\n";
        if (airline.carrier == "HA") std::cerr << airline.name << "\n";
        bubbles::emit(name{.name = airline.name});
        return bubbles::ok;
    }
};
BUBBLES_CLASS(prints, "prints some airlines")
