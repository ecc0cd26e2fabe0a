// Numbers the flights, and stumbles in the middle at its first attempt.
#include <bubbles.hpp>

struct flight {
    int64_t flight;
};
BUBBLES_FIELDS(flight, flight)

struct numbered {
    int64_t number, flight, attempt;
};
BUBBLES_FIELDS(numbered, number, flight, attempt)

struct again : bubbles::transform<bubbles::no_config, flight> {
    numbered next{};

    bubbles::result open(const bubbles::context &context) override {
        next.attempt = context.attempt;
        return bubbles::ok;
    }

    bubbles::result row(const flight &flight) override {
        if (++next.number == 20000 && next.attempt == 1) return bubbles::transient("not today");
        next.flight = flight.flight;
        bubbles::emit(next);
        return bubbles::ok;
    }
};
BUBBLES_CLASS(again, "stumbles at its first attempt")
