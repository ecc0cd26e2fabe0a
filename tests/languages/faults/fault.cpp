// Does with the third flight what it is told to: rejects it, fails in one of three ways, or crashes.
#include <bubbles.hpp>

struct config {
    std::string fault;
};
BUBBLES_FIELDS(config, fault)

struct flight {
    std::string_view carrier;
    int64_t flight;
};
BUBBLES_FIELDS(flight, carrier, flight)

struct fault : bubbles::transform<config, flight> {
    int count = 0;

    bubbles::result row(const flight &flight) override {
        if (++count != 3) {
            bubbles::emit(flight);
            return bubbles::ok;
        }
        bubbles_log(BUBBLES_WARN, "the third flight");
        if (config.fault == "reject") return bubbles::reject("it is the third");
        if (config.fault == "invalid") return bubbles::invalid("the third is bad");
        if (config.fault == "transient") return bubbles::transient("the third is not there yet");
        if (config.fault == "fatal") return bubbles::fatal("the third is too much");
        __builtin_trap();
    }
};
BUBBLES_CLASS(fault, "has trouble with the third flight")
