/* Text that grows. */
#ifndef BUBBLES_BUFFER_H
#define BUBBLES_BUFFER_H

#include "text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Starts as all zeros. Free `data` when done with it. Where memory ends, so does the task. */
typedef struct {
    char *data;
    size_t size;
    size_t room;
} bubbles_buffer;

void bubbles_add_bytes(bubbles_buffer *buffer, const void *data, size_t size);
void bubbles_add(bubbles_buffer *buffer, const char *text);
void bubbles_add_text(bubbles_buffer *buffer, bubbles_text text);
/* At least `width` digits, zeros in front. */
void bubbles_add_integer(bubbles_buffer *buffer, int64_t value, int width);
/* The fewest digits that read back as the same number; `null` where it is not finite. */
void bubbles_add_number(bubbles_buffer *buffer, double value);
/* In quotes, escaped as JSON has it. */
void bubbles_add_quoted(bubbles_buffer *buffer, bubbles_text text);

static inline bubbles_text bubbles_text_in(const bubbles_buffer *buffer) {
    bubbles_text text = {buffer->data, buffer->size};
    return text;
}

#ifdef __cplusplus
}
#endif
#endif
