/* Text that grows, and values as JSON writes them. */
#include <stdlib.h>

#include "abi.h"

static char *room(bubbles_buffer *buffer, size_t more) {
    size_t needed = buffer->size + more;
    if (needed > buffer->room) {
        size_t larger = buffer->room * 2 > 256 ? buffer->room * 2 : 256;
        buffer->room = larger > needed ? larger : needed;
        buffer->data = realloc(buffer->data, buffer->room);
        if (!buffer->data) __builtin_trap();
    }
    return buffer->data + buffer->size;
}

void bubbles_add_bytes(bubbles_buffer *buffer, const void *data, size_t size) {
    if (size == 0) return;
    memcpy(room(buffer, size), data, size);
    buffer->size += size;
}

void bubbles_add(bubbles_buffer *buffer, const char *text) {
    bubbles_add_bytes(buffer, text, strlen(text));
}

void bubbles_add_text(bubbles_buffer *buffer, bubbles_text text) {
    bubbles_add_bytes(buffer, text.data, text.size);
}

void bubbles_add_integer(bubbles_buffer *buffer, int64_t value, int width) {
    char digits[40];
    char *start = digits + sizeof digits;
    char *full = start - (width < 20 ? width : 20);
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do *--start = (char)('0' + left % 10);
    while (left /= 10);
    while (start > full) *--start = '0';
    if (value < 0) *--start = '-';
    bubbles_add_bytes(buffer, start, (size_t)(digits + sizeof digits - start));
}

void bubbles_add_quoted(bubbles_buffer *buffer, bubbles_text text) {
    static const char hex[] = "0123456789abcdef";
    /* Six bytes at most for each, and the quotes. */
    char *to = room(buffer, text.size * 6 + 2), *first = to;
    *to++ = '"';
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte >= ' ' && byte != '"' && byte != '\\') {
            *to++ = (char)byte;
            continue;
        }
        *to++ = '\\';
        switch (byte) {
        case '\n': *to++ = 'n'; break;
        case '\r': *to++ = 'r'; break;
        case '\t': *to++ = 't'; break;
        case '\b': *to++ = 'b'; break;
        case '\f': *to++ = 'f'; break;
        case '"': case '\\': *to++ = (char)byte; break;
        default:
            *to++ = 'u', *to++ = '0', *to++ = '0';
            *to++ = hex[byte >> 4], *to++ = hex[byte & 15];
        }
    }
    *to++ = '"';
    buffer->size += (size_t)(to - first);
}
