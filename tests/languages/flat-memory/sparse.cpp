// Lets one row of a thousand through. Where it leaks, it keeps the text of every tenth.
#include <bubbles.hpp>

struct config {
    bool leaks;
};
BUBBLES_FIELDS(config, leaks)

struct row {
    int64_t number;
    std::string text;
};
BUBBLES_FIELDS(row, number, text)

struct sparse : bubbles::transform<config, row> {
    std::string kept;

    bubbles::result row(const ::row &row) override {
        if (config.leaks && row.number % 10 == 0) kept += row.text;
        if (row.number % 1000 == 0) bubbles::emit(row);
        return bubbles::ok;
    }
};
BUBBLES_CLASS(sparse, "lets one row of a thousand through")
