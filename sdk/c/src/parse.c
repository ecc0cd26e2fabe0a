/* A JSON object into a struct. */
#include <stdlib.h>

#include "abi.h"

typedef struct {
    char *at;
    char *end;
    const char *wrong;
} reader;

static char message[512];

/* What is wrong, about a field. */
static const char *about(const bubbles_field *field, const char *what) {
    size_t room = sizeof message - 1, size = 0;
    const char *parts[] = {"`", field->name, "`: ", what};
    for (int i = 0; i < 4; i++)
        for (const char *from = parts[i]; *from && size < room;) message[size++] = *from++;
    message[size] = 0;
    return message;
}

static void skip_space(reader *in) {
    while (in->at < in->end && (*in->at == ' ' || *in->at == '\t' || *in->at == '\n' || *in->at == '\r'))
        in->at++;
}

static bool take(reader *in, char wanted) {
    skip_space(in);
    if (in->at == in->end || *in->at != wanted) return false;
    in->at++;
    return true;
}

static bool take_word(reader *in, const char *word) {
    size_t size = strlen(word);
    if ((size_t)(in->end - in->at) < size || memcmp(in->at, word, size) != 0) return false;
    in->at += size;
    return true;
}

static int hex4(const char *at, const char *end) {
    int value = 0;
    if (end - at < 4) return -1;
    for (int i = 0; i < 4; i++) {
        char c = at[i], low = (char)(c | 32);
        int digit = c >= '0' && c <= '9' ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

static char *put_utf8(char *to, uint32_t point) {
    if (point < 0x80) {
        *to++ = (char)point;
        return to;
    }
    int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(lead[more] | point >> (6 * more));
    while (more--) *to++ = (char)(0x80 | (point >> (6 * more) & 0x3f));
    return to;
}

/* One escape, after its backslash; unescaped it is never longer. */
static char *unescape(reader *in, char *to) {
    if (in->at == in->end) return NULL;
    char escaped = *in->at++;
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    const char *known = escaped ? strchr(from, escaped) : NULL;
    if (known) {
        *to = into[known - from];
        return to + 1;
    }
    int unit = escaped == 'u' ? hex4(in->at, in->end) : -1;
    if (unit < 0) return NULL;
    in->at += 4;
    uint32_t point = (uint32_t)unit;
    if (point >= 0xd800 && point < 0xdc00 && in->end - in->at >= 6 && in->at[0] == '\\' && in->at[1] == 'u') {
        int low = hex4(in->at + 2, in->end);
        if (low >= 0xdc00 && low < 0xe000) {
            point = 0x10000 + ((point - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
            in->at += 6;
        }
    }
    /* Half of a pair stands for nothing. */
    if (point >= 0xd800 && point < 0xe000) point = 0xfffd;
    return put_utf8(to, point);
}

static bool read_text(reader *in, bubbles_text *text) {
    if (!take(in, '"')) return false;
    text->data = in->at;
    while (in->at < in->end && *in->at != '"' && *in->at != '\\') in->at++;
    char *to = in->at;
    while (in->at < in->end && *in->at != '"') {
        char byte = *in->at++;
        if (byte != '\\') *to++ = byte;
        else if (!(to = unescape(in, to))) return false;
    }
    if (in->at == in->end) return false;
    in->at++;
    text->size = (size_t)(to - text->data);
    return true;
}

/* Passes over a value of any kind. */
static bool skip(reader *in, int depth) {
    skip_space(in);
    if (in->at == in->end || depth > 128) return false;
    char first = *in->at;
    if (first == '"') {
        for (in->at++; in->at < in->end && *in->at != '"'; in->at++)
            if (*in->at == '\\') in->at++;
        return in->at < in->end ? (in->at++, true) : false;
    }
    if (first == '{' || first == '[') {
        char last = first == '{' ? '}' : ']';
        in->at++;
        if (take(in, last)) return true;
        do {
            if (first == '{' && (skip_space(in), in->at == in->end || *in->at != '"' || !skip(in, depth + 1) || !take(in, ':')))
                return false;
            if (!skip(in, depth + 1)) return false;
        } while (take(in, ','));
        return take(in, last);
    }
    char *start = in->at;
    while (in->at < in->end && strchr(",]} \t\r\n", *in->at) == NULL) in->at++;
    return in->at > start;
}

/* A number as digits and a power of ten; false where it is none. */
static bool scan_number(reader *in, bool *negative, uint64_t *digits, int *power, bool *exact) {
    char *at = in->at, *end = in->end;
    *negative = at < end && *at == '-';
    at += *negative;
    char *first = at;
    *digits = 0, *power = 0, *exact = true;
    bool fraction = false;
    for (; at < end; at++) {
        if (*at == '.' && !fraction && at > first) {
            fraction = true;
            continue;
        }
        if (*at < '0' || *at > '9') break;
        if (*digits < 1000000000000000000u) {
            *digits = *digits * 10 + (uint64_t)(*at - '0');
            *power -= fraction;
        } else {
            *exact = *exact && *at == '0';
            *power += !fraction;
        }
    }
    if (at == first || at[-1] == '.') return false;
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        bool minus = at < end && *at == '-';
        at += at < end && (*at == '-' || *at == '+');
        char *start = at;
        int exponent = 0;
        for (; at < end && *at >= '0' && *at <= '9'; at++)
            if (exponent < 100000) exponent = exponent * 10 + (*at - '0');
        if (at == start) return false;
        *power += minus ? -exponent : exponent;
    }
    in->at = at;
    return true;
}

static bool read_number(reader *in, double *value) {
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    bool negative, exact;
    uint64_t digits;
    int power;
    char *start = in->at;
    if (!scan_number(in, &negative, &digits, &power, &exact)) return false;
    if (exact && digits <= (uint64_t)1 << 53 && power >= -22 && power <= 22) {
        double whole = (double)digits;
        *value = power < 0 ? whole / tens[-power] : whole * tens[power];
        if (negative) *value = -*value;
        return true;
    }
    /* Rare: rounding needs more than a float's own digits. */
    char text[400];
    size_t size = (size_t)(in->at - start);
    if (size >= sizeof text) return false;
    memcpy(text, start, size);
    text[size] = 0;
    *value = strtod(text, NULL);
    return true;
}

static bool read_integer(reader *in, int64_t *value) {
    bool negative, exact;
    uint64_t digits;
    int power;
    if (!scan_number(in, &negative, &digits, &power, &exact) || !exact) return false;
    for (; power < 0; power++) {
        if (digits % 10) return false;
        digits /= 10;
    }
    for (; power > 0 && digits; power--) {
        if (digits > UINT64_MAX / 10) return false;
        digits *= 10;
    }
    if (digits > (uint64_t)INT64_MAX + negative) return false;
    *value = (int64_t)(negative ? 0 - digits : digits);
    return true;
}

static const char *read_value(reader *in, const bubbles_field *field, void *row) {
    char *place = (char *)row + field->offset;
    uint32_t kind = field->kind & 7;
    skip_space(in);
    bool null = take_word(in, "null");
    if (field->kind & BUBBLES_OPTIONAL) {
        *(bool *)place = !null;
        if (null) return NULL;
        place += kind == BUBBLES_TEXT      ? offsetof(bubbles_optional_text, value)
                 : kind == BUBBLES_BOOLEAN ? offsetof(bubbles_optional_boolean, value)
                                           : offsetof(bubbles_optional_number, value);
    } else if (null && kind != BUBBLES_JSON) {
        return about(field, "null, where a value is needed");
    }
    bubbles_text *json = (bubbles_text *)place;
    switch (kind) {
    case BUBBLES_INTEGER:
        return read_integer(in, (int64_t *)place) ? NULL : about(field, "not a whole number of 64 bits");
    case BUBBLES_NUMBER:
        return read_number(in, (double *)place) ? NULL : about(field, "not a number");
    case BUBBLES_BOOLEAN: {
        bool yes = take_word(in, "true");
        *(bool *)place = yes;
        return yes || take_word(in, "false") ? NULL : about(field, "neither true nor false");
    }
    case BUBBLES_TEXT:
        return read_text(in, json) ? NULL : about(field, "not text");
    default:
        json->data = null ? in->at - 4 : in->at;
        if (!null && !skip(in, 0)) return about(field, "not JSON");
        json->size = (size_t)(in->at - json->data);
        return NULL;
    }
}

/* The field of a name, looked for from where the last one was: rows have their fields in one order. */
static size_t find(const bubbles_shape *shape, bubbles_text name, size_t from) {
    for (size_t i = 0; i < shape->count; i++) {
        size_t at = from + i < shape->count ? from + i : from + i - shape->count;
        const bubbles_field *field = &shape->fields[at];
        if (field->name_size == name.size && memcmp(field->name, name.data, name.size) == 0) return at;
    }
    return shape->count;
}

/* Absent is as good as null where that is allowed. */
static const char *absent(const bubbles_shape *shape, uint64_t seen, void *row) {
    for (size_t i = 0; i < shape->count; i++) {
        const bubbles_field *field = &shape->fields[i];
        if (seen >> i & 1) continue;
        if (!(field->kind & BUBBLES_OPTIONAL)) return about(field, "missing");
        *(bool *)((char *)row + field->offset) = false;
    }
    return NULL;
}

const char *bubbles_parse_row(const bubbles_shape *shape, char *json, size_t size, void *row) {
    reader in = {json, json + size, NULL};
    uint64_t seen = 0;
    size_t next = 0;
    if (!take(&in, '{')) return "not a JSON object";
    if (!take(&in, '}')) {
        do {
            bubbles_text name;
            if (!read_text(&in, &name) || !take(&in, ':')) return "not JSON: a field's name is broken";
            size_t at = find(shape, name, next);
            if (at == shape->count) {
                if (!skip(&in, 0)) return "not JSON: a field's value is broken";
                continue;
            }
            const char *wrong = read_value(&in, &shape->fields[at], row);
            if (wrong) return wrong;
            seen |= (uint64_t)1 << at;
            next = at + 1;
        } while (take(&in, ','));
        if (!take(&in, '}')) return "not JSON: the object does not end";
    }
    skip_space(&in);
    if (in.at != in.end) return "not JSON: something follows the object";
    return seen == (shape->count == 64 ? ~(uint64_t)0 : ((uint64_t)1 << shape->count) - 1)
               ? NULL
               : absent(shape, seen, row);
}
