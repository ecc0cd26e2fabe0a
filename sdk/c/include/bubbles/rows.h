/* Rows as structs.
 *
 *     #define FLIGHT(FIELD) FIELD(carrier, TEXT) FIELD(arr_delay, OPTIONAL_NUMBER)
 *     BUBBLES_ROW(flight, FLIGHT)
 *
 * makes the type `flight`, its shape `flight_shape`, and `flight_emit`, which hands a row on.
 * Columns that the struct does not name are passed over. */
#ifndef BUBBLES_ROWS_H
#define BUBBLES_ROWS_H

#include "buffer.h"
#include "result.h"
#include "text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct { bool present; int64_t value; } bubbles_optional_integer;
typedef struct { bool present; double value; } bubbles_optional_number;
typedef struct { bool present; bool value; } bubbles_optional_boolean;
typedef struct { bool present; bubbles_text value; } bubbles_optional_text;

/* What a field may be. Text of an input row is good until the function returns. */
#define BUBBLES_TYPE_INTEGER int64_t
#define BUBBLES_TYPE_NUMBER double
#define BUBBLES_TYPE_BOOLEAN bool
#define BUBBLES_TYPE_TEXT bubbles_text
/* Any value, as the JSON that it is. */
#define BUBBLES_TYPE_JSON bubbles_text
#define BUBBLES_TYPE_OPTIONAL_INTEGER bubbles_optional_integer
#define BUBBLES_TYPE_OPTIONAL_NUMBER bubbles_optional_number
#define BUBBLES_TYPE_OPTIONAL_BOOLEAN bubbles_optional_boolean
#define BUBBLES_TYPE_OPTIONAL_TEXT bubbles_optional_text

/* An optional field is the kind it holds, plus BUBBLES_OPTIONAL. */
enum {
    BUBBLES_INTEGER,
    BUBBLES_NUMBER,
    BUBBLES_BOOLEAN,
    BUBBLES_TEXT,
    BUBBLES_JSON,
    BUBBLES_OPTIONAL = 8,
    BUBBLES_OPTIONAL_INTEGER = BUBBLES_OPTIONAL + BUBBLES_INTEGER,
    BUBBLES_OPTIONAL_NUMBER = BUBBLES_OPTIONAL + BUBBLES_NUMBER,
    BUBBLES_OPTIONAL_BOOLEAN = BUBBLES_OPTIONAL + BUBBLES_BOOLEAN,
    BUBBLES_OPTIONAL_TEXT = BUBBLES_OPTIONAL + BUBBLES_TEXT,
};

typedef struct {
    const char *name;
    uint32_t name_size;
    uint32_t kind;
    size_t offset;
} bubbles_field;

/* A struct's fields, in order; at most 64. */
typedef struct {
    const bubbles_field *fields;
    size_t count;
    size_t size;
} bubbles_shape;

#define BUBBLES_MEMBER_(name, kind) BUBBLES_TYPE_##kind name;
#define BUBBLES_FIELD_(name, kind) {#name, sizeof(#name) - 1, BUBBLES_##kind, offsetof(bubbles_self_, name)},

#define BUBBLES_ROW(row_type, FIELDS)                                                        \
    typedef struct row_type { FIELDS(BUBBLES_MEMBER_) } row_type;                            \
    __attribute__((unused)) static const bubbles_shape *row_type##_shape(void) {             \
        typedef row_type bubbles_self_;                                                      \
        static const bubbles_field fields[] = {FIELDS(BUBBLES_FIELD_)};                      \
        static const bubbles_shape shape = {fields, sizeof fields / sizeof fields[0],        \
                                            sizeof(row_type)};                               \
        return &shape;                                                                       \
    }                                                                                        \
    __attribute__((unused)) static void row_type##_emit(const row_type *row) {               \
        bubbles_emit_row(row_type##_shape(), row);                                           \
    }

/* A configuration is read the same way, from the pipeline's `config`. */
#define BUBBLES_CONFIG BUBBLES_ROW

/* For a task that has no configuration. */
typedef struct { char nothing; } bubbles_no_config;
__attribute__((unused)) static const bubbles_shape *bubbles_no_config_shape(void) {
    static const bubbles_shape shape = {0, 0, sizeof(bubbles_no_config)};
    return &shape;
}

/* Hands on a row, as JSON; rows travel together, in chunks. */
void bubbles_emit_row(const bubbles_shape *shape, const void *row);
/* Hands on one value in JSON that the plugin wrote itself, without a line's end in it. */
void bubbles_emit_json(bubbles_text value);
/* Hands on the rows that wait; the SDK does so after each call. */
void bubbles_emit_rows_now(void);

/* Adds a row as a JSON object. */
void bubbles_add_row(bubbles_buffer *buffer, const bubbles_shape *shape, const void *row);
/* Reads a JSON object; text that is escaped is unescaped where it lies. Gives NULL, or what is
 * wrong with it, good until the next one. */
const char *bubbles_parse_row(const bubbles_shape *shape, char *json, size_t size, void *row);

typedef bubbles_result (*bubbles_row_function)(void *state, const void *row);
/* Calls `take` for each line of a chunk; a line that does not read, or for which it gives
 * BUBBLES_REJECT, is put aside. Stops at the first error. */
bubbles_result bubbles_for_each_row(const bubbles_shape *shape, char *chunk, size_t size, void *row,
                                    bubbles_row_function take, void *state);

#ifdef __cplusplus
}
#endif
#endif
