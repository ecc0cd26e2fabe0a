// Writes transforms for Bubbles in C++: a class, over the SDK in C, which is there for all else.
//
//     struct flight { std::string_view carrier; std::optional<double> arr_delay; };
//     BUBBLES_FIELDS(flight, carrier, arr_delay)
//
//     struct late : bubbles::transform<config, flight> {
//         bubbles::result row(const flight &flight) override;
//     };
//     BUBBLES_CLASS(late, "keeps the late flights")
#pragma once

#include <algorithm>
#include <array>
#include <bubbles.h>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bubbles {

using result = bubbles_result;
using context = bubbles_context;
inline constexpr result ok = BUBBLES_OK;

inline bubbles_text text_of(std::string_view text) { return {text.data(), text.size()}; }

// Each keeps a copy of the message: `return bubbles::fatal("no such table");`
inline result reject(std::string_view reason) { return bubbles_fail(BUBBLES_REJECT, text_of(reason)); }
inline result invalid(std::string_view text) { return bubbles_fail(BUBBLES_INVALID, text_of(text)); }
inline result transient(std::string_view text) { return bubbles_fail(BUBBLES_TRANSIENT, text_of(text)); }
inline result fatal(std::string_view text) { return bubbles_fail(BUBBLES_FATAL, text_of(text)); }

inline void log(bubbles_level level, std::string_view text) { bubbles_log_text(level, text_of(text)); }

// What BUBBLES_FIELDS says of a struct.
template <class T> struct fields;

// How a member is kept while it is read or written: as the SDK in C has it.
template <class T> struct member;
template <> struct member<int64_t> {
    static constexpr uint32_t kind = BUBBLES_INTEGER;
    using kept = int64_t;
};
template <> struct member<double> {
    static constexpr uint32_t kind = BUBBLES_NUMBER;
    using kept = double;
};
template <> struct member<bool> {
    static constexpr uint32_t kind = BUBBLES_BOOLEAN;
    using kept = bool;
};
template <> struct member<std::string_view> {
    static constexpr uint32_t kind = BUBBLES_TEXT;
    using kept = bubbles_text;
};
template <> struct member<std::string> : member<std::string_view> {};
template <class T> struct member<std::optional<T>> {
    static constexpr uint32_t kind = BUBBLES_OPTIONAL + member<T>::kind;
    struct kept {
        bool present;
        typename member<T>::kept value;
    };
};

template <class T> void read(const T &kept, T &value) { value = kept; }
inline void read(const bubbles_text &kept, std::string_view &value) { value = {kept.data, kept.size}; }
inline void read(const bubbles_text &kept, std::string &value) { value.assign(kept.data, kept.size); }
template <class T> void read(const typename member<std::optional<T>>::kept &kept, std::optional<T> &value) {
    if (kept.present) read(kept.value, value.emplace());
    else value.reset();
}

template <class T> void keep(const T &value, T &kept) { kept = value; }
inline void keep(std::string_view value, bubbles_text &kept) { kept = text_of(value); }
template <class T> void keep(const std::optional<T> &value, typename member<std::optional<T>>::kept &kept) {
    if ((kept.present = value.has_value())) keep(*value, kept.value);
}

// A row as the SDK in C has it: a slot for each member.
struct alignas(8) slot {
    char bytes[16];
    template <class T> auto &as() {
        static_assert(sizeof(typename member<T>::kept) <= sizeof(slot));
        return *reinterpret_cast<typename member<T>::kept *>(bytes);
    }
};
template <class T> using slots = std::array<slot, fields<T>::names.size() ? fields<T>::names.size() : 1>;

template <class T> const bubbles_shape *shape_of() {
    static std::array<bubbles_field, fields<T>::names.size() + 1> all = [] {
        std::array<bubbles_field, fields<T>::names.size() + 1> made{};
        T row{};
        size_t at = 0;
        fields<T>::each(row, [&](auto &value) {
            const char *name = fields<T>::names[at];
            made[at] = {name, static_cast<uint32_t>(std::string_view(name).size()),
                        member<std::remove_cvref_t<decltype(value)>>::kind, at * sizeof(slot)};
            at++;
        });
        return made;
    }();
    static const bubbles_shape shape = {all.data(), fields<T>::names.size(), sizeof(slots<T>)};
    return &shape;
}

template <class T> T row_of(slots<T> &kept) {
    T row{};
    size_t at = 0;
    fields<T>::each(row, [&](auto &value) { read(kept[at++].template as<std::remove_cvref_t<decltype(value)>>(), value); });
    return row;
}

// Hands on a row; rows travel together, in chunks.
template <class T> void emit(const T &row) {
    slots<T> kept;
    size_t at = 0;
    fields<T>::each(row, [&](auto &value) { keep(value, kept[at++].template as<std::remove_cvref_t<decltype(value)>>()); });
    bubbles_emit_row(shape_of<T>(), &kept);
}

// What takes rows of one kind.
template <class Row> class takes {
public:
    virtual ~takes() = default;
    // Calls `emit` for each row that it gives. Text of the row is good until it returns.
    virtual result row(const Row &row) = 0;
};

// A task that turns rows into rows: one kind of row for each of its inputs, in their order, or one for all.
// One is made for each run over a split or partition.
template <class Config, class... Rows> class transform : public takes<Rows>... {
public:
    using config_type = Config;
    Config config;
    // Which of the task's inputs the row is from. All of one comes before the next.
    uint32_t input = 0;

    virtual ~transform() = default;
    virtual result open(const context &) { return ok; }
    // After the last row: emits what was held back.
    virtual result finish() { return ok; }

    // Reads the rows of a chunk.
    result chunk(uint32_t from, char *data, size_t size) {
        static constexpr result (transform::*each[])(char *, size_t) = {&transform::template rows<Rows>...};
        input = from;
        return (this->*each[std::min<size_t>(from, sizeof...(Rows) - 1)])(data, size);
    }

private:
    template <class Row> result rows(char *data, size_t size) {
        static slots<Row> kept;
        auto take = [](void *task, const void *) { return static_cast<takes<Row> *>(task)->row(row_of<Row>(kept)); };
        return bubbles_for_each_row(shape_of<Row>(), data, size, &kept, take, static_cast<takes<Row> *>(this));
    }
};

// For a task that has no configuration.
struct no_config {};
template <> struct fields<no_config> {
    static constexpr std::array<const char *, 0> names{};
    template <class R, class F> static void each(R &, F) {}
};

} // namespace bubbles

// Does `step` with each of the names.
#define BUBBLES_PARENS_ ()
#define BUBBLES_EXPAND_(...) BUBBLES_EXPAND1_(BUBBLES_EXPAND1_(BUBBLES_EXPAND1_(BUBBLES_EXPAND1_(__VA_ARGS__))))
#define BUBBLES_EXPAND1_(...) BUBBLES_EXPAND2_(BUBBLES_EXPAND2_(BUBBLES_EXPAND2_(BUBBLES_EXPAND2_(__VA_ARGS__))))
#define BUBBLES_EXPAND2_(...) BUBBLES_EXPAND3_(BUBBLES_EXPAND3_(BUBBLES_EXPAND3_(BUBBLES_EXPAND3_(__VA_ARGS__))))
#define BUBBLES_EXPAND3_(...) __VA_ARGS__
#define BUBBLES_EACH_(step, ...) __VA_OPT__(BUBBLES_EXPAND_(BUBBLES_STEP_(step, __VA_ARGS__)))
#define BUBBLES_STEP_(step, first, ...) step(first) __VA_OPT__(BUBBLES_AGAIN_ BUBBLES_PARENS_(step, __VA_ARGS__))
#define BUBBLES_AGAIN_() BUBBLES_STEP_

#define BUBBLES_NAME_(name) #name,
#define BUBBLES_VISIT_(name) visit(row.name);

// Names the members of a struct that are columns, or fields of a configuration; at most 64.
#define BUBBLES_FIELDS(type, ...)                                                             \
    template <> struct bubbles::fields<type> {                                                \
        static constexpr auto names = std::to_array<const char *>({BUBBLES_EACH_(BUBBLES_NAME_, __VA_ARGS__)}); \
        template <class R, class F> static void each(R &row, F visit) { BUBBLES_EACH_(BUBBLES_VISIT_, __VA_ARGS__) } \
    };

// Names the plugin's transform.
#define BUBBLES_CLASS(type, told)                                                             \
    static type *bubbles_task_;                                                               \
    static bubbles_result bubbles_open_(const void *config, const bubbles_context *context) { \
        using config_type = type::config_type;                                                \
        bubbles_task_ = new type();                                                           \
        bubbles_task_->config = bubbles::row_of<config_type>(                                 \
            *static_cast<bubbles::slots<config_type> *>(const_cast<void *>(config)));         \
        return bubbles_task_->open(*context);                                                 \
    }                                                                                         \
    static bubbles_result bubbles_chunk_(const void *, uint32_t input, char *data, size_t size) { \
        return bubbles_task_->chunk(input, data, size);                                       \
    }                                                                                         \
    static bubbles_result bubbles_finish_(const void *) { return bubbles_task_->finish(); }   \
    const bubbles_about bubbles_transform_about = {                                           \
        .config = bubbles::shape_of<type::config_type>, .summary = told};                     \
    const bubbles_transform bubbles_the_transform = {                                         \
        .chunk = bubbles_chunk_, .open = bubbles_open_, .finish = bubbles_finish_};           \
    BUBBLES_EXPORT_TRANSFORM_
