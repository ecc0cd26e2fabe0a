/* Rows in and out. */
#include <stdlib.h>

#include "abi.h"
#include "call.h"

/* A chunk is handed on at this size. */
#define CHUNK_BYTES ((size_t)512 << 10)

static bubbles_buffer waiting;

void bubbles_emit_rows_now(void) {
    if (waiting.size == 0) return;
    size_t size = waiting.size;
    waiting.size = 0;
    abi_emit(waiting.data, size);
}

static void ended(void) {
    bubbles_add_bytes(&waiting, "\n", 1);
    if (waiting.size >= CHUNK_BYTES) bubbles_emit_rows_now();
}

void bubbles_emit_row(const bubbles_shape *shape, const void *row) {
    bubbles_add_row(&waiting, shape, row);
    ended();
}

void bubbles_emit_json(bubbles_text value) {
    bubbles_add_text(&waiting, value);
    ended();
}

static void add_value(bubbles_buffer *buffer, const bubbles_field *field, const char *place) {
    uint32_t kind = field->kind & 7;
    if (field->kind & BUBBLES_OPTIONAL) {
        if (!*(const bool *)place) {
            bubbles_add_bytes(buffer, "null", 4);
            return;
        }
        place += kind == BUBBLES_TEXT      ? offsetof(bubbles_optional_text, value)
                 : kind == BUBBLES_BOOLEAN ? offsetof(bubbles_optional_boolean, value)
                                           : offsetof(bubbles_optional_number, value);
    }
    switch (kind) {
    case BUBBLES_INTEGER: bubbles_add_integer(buffer, *(const int64_t *)place, 1); break;
    case BUBBLES_NUMBER: bubbles_add_number(buffer, *(const double *)place); break;
    case BUBBLES_BOOLEAN: bubbles_add(buffer, *(const bool *)place ? "true" : "false"); break;
    case BUBBLES_TEXT: bubbles_add_quoted(buffer, *(const bubbles_text *)place); break;
    default: bubbles_add_text(buffer, *(const bubbles_text *)place);
    }
}

void bubbles_add_row(bubbles_buffer *buffer, const bubbles_shape *shape, const void *row) {
    bubbles_add_bytes(buffer, "{", 1);
    for (size_t i = 0; i < shape->count; i++) {
        const bubbles_field *field = &shape->fields[i];
        bubbles_add_bytes(buffer, ",\"", 2 );
        if (i == 0) {
            /* The first has no comma. */
            buffer->size -= 2;
            bubbles_add_bytes(buffer, "\"", 1);
        }
        bubbles_add_bytes(buffer, field->name, field->name_size);
        bubbles_add_bytes(buffer, "\":", 2);
        add_value(buffer, field, (const char *)row + field->offset);
    }
    bubbles_add_bytes(buffer, "}", 1);
}

bubbles_result bubbles_for_each_row(const bubbles_shape *shape, char *chunk, size_t size, void *row,
                                    bubbles_row_function take, void *state) {
    /* Reading changes escaped text, so a row that may yet be rejected is kept as it was. */
    static bubbles_buffer kept;
    for (char *line = chunk, *end = chunk + size; line < end;) {
        char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) stop = end;
        size_t length = (size_t)(stop - line);
        bubbles_text original = {line, length};
        if (memchr(line, '\\', length)) {
            kept.size = 0;
            bubbles_add_text(&kept, original);
            original = bubbles_text_in(&kept);
        }
        bubbles_text blank = original;
        while (blank.size && strchr(" \t\r", *blank.data)) blank.data++, blank.size--;
        if (blank.size) {
            const char *wrong = bubbles_parse_row(shape, line, length, row);
            bubbles_result done = wrong ? BUBBLES_REJECT : take(state, row);
            if (done == BUBBLES_REJECT) {
                bubbles_put_aside(original, wrong ? bubbles_text_of(wrong) : call_message());
            } else if (done != BUBBLES_OK) {
                return done;
            }
        }
        line = stop + 1;
    }
    return BUBBLES_OK;
}
