/* Bytes that lie somewhere else. */
#ifndef BUBBLES_TEXT_H
#define BUBBLES_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Text in UTF-8, or any bytes; nothing ends it but its size. */
typedef struct {
    const char *data;
    size_t size;
} bubbles_text;

/* The same word where bytes are meant. */
typedef bubbles_text bubbles_bytes;

/* Of a literal, or of anything that ends with a zero byte. */
static inline bubbles_text bubbles_text_of(const char *text) {
    bubbles_text whole = {text, text ? strlen(text) : 0};
    return whole;
}

static inline bool bubbles_text_is(bubbles_text text, const char *other) {
    return text.size == strlen(other) && memcmp(text.data, other, text.size) == 0;
}

#ifdef __cplusplus
}
#endif
#endif
