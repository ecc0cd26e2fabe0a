// Hands on the names of airlines, and says something at each level of some of them.
#include <bubbles.hpp>

struct airline {
    std::string_view carrier;
    std::string name;
};
BUBBLES_FIELDS(airline, carrier, name)

struct name {
    std::string_view name;
};
BUBBLES_FIELDS(name, name)

struct words : bubbles::transform<bubbles::no_config, airline> {
    bubbles::result row(const airline &airline) override {
        const auto &[carrier, name] = airline;
        if (carrier == "AA") bubbles::log(BUBBLES_DEBUG, name + " is there");
        if (carrier == "B6") bubbles::log(BUBBLES_INFO, name + " is \"blue\"");
        if (carrier == "F9") bubbles::log(BUBBLES_WARN, name + " is cold\nand far");
        if (carrier == "HA") bubbles::log(BUBBLES_ERROR, name + " is wet – é€😀");
        bubbles::emit(::name{.name = name});
        return bubbles::ok;
    }
};
BUBBLES_CLASS(words, "says something of some airlines")
