/* A float as the fewest digits that read back as the same float.
 *
 * Most floats have few decimals, and are found to by one division. For the others: Steele and
 * White's free-format algorithm (as in "Printing Floating-Point Numbers Quickly and Accurately",
 * Burger and Dybvig 1996), over whole numbers that are as long as they need to be. */
#include "abi.h"

/* 2^1074 * 10 and a factor of 4 have to fit. */
#define LIMBS 38

typedef struct {
    int size;
    uint32_t limbs[LIMBS];
} big;

static void big_times(big *a, uint32_t factor) {
    uint64_t carry = 0;
    for (int i = 0; i < a->size; i++) {
        carry += (uint64_t)a->limbs[i] * factor;
        a->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry) a->limbs[a->size++] = (uint32_t)carry;
}

static big big_shifted(uint64_t value, int bits) {
    big a = {0};
    int at = bits / 32;
    unsigned __int128 wide = (unsigned __int128)value << (bits % 32);
    a.size = at + 3;
    for (int i = 0; i < 3; i++) a.limbs[at + i] = (uint32_t)(wide >> (32 * i));
    while (a.size && !a.limbs[a.size - 1]) a.size--;
    return a;
}

static int big_compare(const big *a, const big *b) {
    if (a->size != b->size) return a->size < b->size ? -1 : 1;
    for (int i = a->size - 1; i >= 0; i--)
        if (a->limbs[i] != b->limbs[i]) return a->limbs[i] < b->limbs[i] ? -1 : 1;
    return 0;
}

static big big_sum(const big *a, const big *b) {
    big sum = *a;
    uint64_t carry = 0;
    int size = a->size > b->size ? a->size : b->size;
    for (int i = 0; i < size; i++) {
        carry += (uint64_t)(i < a->size ? a->limbs[i] : 0) + (i < b->size ? b->limbs[i] : 0);
        sum.limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    sum.size = size;
    if (carry) sum.limbs[sum.size++] = (uint32_t)carry;
    return sum;
}

static void big_subtract(big *a, const big *b) {
    int64_t borrow = 0;
    for (int i = 0; i < a->size; i++) {
        borrow += (int64_t)a->limbs[i] - (i < b->size ? b->limbs[i] : 0);
        a->limbs[i] = (uint32_t)borrow;
        borrow >>= 32;
    }
    while (a->size && !a->limbs[a->size - 1]) a->size--;
}

/* Gives the number of digits; the first stands for 10^*exponent. */
static int shortest(double value, char *digits, int *exponent) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t mantissa = bits & (((uint64_t)1 << 52) - 1);
    int power = (int)(bits >> 52 & 0x7ff);
    bool uneven = mantissa == 0 && power > 1;
    if (power) mantissa |= (uint64_t)1 << 52;
    else power = 1;
    power -= 1075;

    /* value = r / s, and the neighbours are half way at r + above and r - below. */
    int up = power > 0 ? power : 0, down = power < 0 ? -power : 0, twice = uneven ? 2 : 1;
    big r = big_shifted(mantissa, up + twice), s = big_shifted(1, down + twice);
    big above = big_shifted(1, up + (uneven ? 1 : 0)), below = big_shifted(1, up);
    bool even = mantissa % 2 == 0;

    int top = 63 - __builtin_clzll(mantissa) + power;
    int tens = (int)(top * 0.30103);
    if (top < 0) tens--;
    for (int i = 0; i < tens; i++) big_times(&s, 10);
    for (int i = tens; i < 0; i++) big_times(&r, 10), big_times(&above, 10), big_times(&below, 10);
    for (;;) {
        big reach = big_sum(&r, &above);
        big ten = s;
        big_times(&ten, 10);
        int order = big_compare(&reach, &ten);
        if (order < 0 || (order == 0 && !even)) break;
        s = ten;
        tens++;
    }
    *exponent = tens;

    for (int count = 0;;) {
        int digit = 0;
        while (big_compare(&r, &s) >= 0) big_subtract(&r, &s), digit++;
        int low = big_compare(&r, &below);
        big reach = big_sum(&r, &above);
        int high = big_compare(&reach, &s);
        bool may_end = low < 0 || (low == 0 && even);
        bool may_round = high > 0 || (high == 0 && even);
        if (may_end || may_round) {
            big two = big_sum(&r, &r);
            int half = big_compare(&two, &s);
            bool round = may_round && (!may_end || half > 0 || (half == 0 && digit % 2));
            digits[count++] = (char)('0' + digit + round);
            return count;
        }
        digits[count++] = (char)('0' + digit);
        big_times(&r, 10), big_times(&above, 10), big_times(&below, 10);
    }
}

/* At most six decimals, as most floats have that come from text; false where it has more.
 * `millionths / 1e6` is the float nearest to that decimal, as both are exact. */
static bool few_decimals(bubbles_buffer *buffer, double size) {
    if (size < 1e-5 || size >= 1e9) return false;
    uint64_t millionths = (uint64_t)(size * 1e6 + 0.5);
    if ((double)millionths / 1e6 != size) return false;
    bubbles_add_integer(buffer, (int64_t)(millionths / 1000000), 1);
    bubbles_add(buffer, ".");
    int64_t decimals = (int64_t)(millionths % 1000000);
    int width = 6;
    while (width > 1 && decimals % 10 == 0) decimals /= 10, width--;
    bubbles_add_integer(buffer, decimals, width);
    return true;
}

static void zeros(bubbles_buffer *buffer, int count) {
    while (count-- > 0) bubbles_add(buffer, "0");
}

void bubbles_add_number(bubbles_buffer *buffer, double value) {
    if (value != value || value - value != 0) {
        bubbles_add(buffer, "null");
        return;
    }
    if (__builtin_signbit(value)) bubbles_add(buffer, "-");
    double size = __builtin_fabs(value);
    if (size == 0) {
        bubbles_add(buffer, "0.0");
        return;
    }
    if (few_decimals(buffer, size)) return;
    char digits[20];
    int exponent, count = shortest(size, digits, &exponent);
    bool plain = exponent >= -5 && exponent <= 9;
    int whole = plain ? exponent + 1 : 1;
    if (whole <= 0) {
        bubbles_add(buffer, "0.");
        zeros(buffer, -whole);
        bubbles_add_bytes(buffer, digits, (size_t)count);
        return;
    }
    int before = count < whole ? count : whole;
    bubbles_add_bytes(buffer, digits, (size_t)before);
    zeros(buffer, whole - before);
    bubbles_add(buffer, ".");
    if (count > whole) bubbles_add_bytes(buffer, digits + whole, (size_t)(count - whole));
    else bubbles_add(buffer, "0");
    if (!plain) {
        bubbles_add(buffer, "e");
        bubbles_add_integer(buffer, exponent, 1);
    }
}
