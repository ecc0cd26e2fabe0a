/* Calls of a transform. */
#include <stdlib.h>

#include "call.h"

static void *row;

void *bubbles_call_transform_open_(char *config, uint32_t size, BUBBLES_CONTEXT_PARAMS_) {
    bubbles_result done = call_configure(&bubbles_transform_about, config, size);
    if (done == BUBBLES_OK && bubbles_the_transform.open) {
        bubbles_context context = CALL_CONTEXT;
        done = bubbles_the_transform.open(call_config, &context);
    }
    return call_done(done);
}

static bubbles_result take(void *state, const void *read) {
    (void)state;
    return bubbles_the_transform.row(call_config, read);
}

void *bubbles_call_transform_process_(uint32_t input, char *chunk, uint32_t size) {
    bubbles_result done;
    if (bubbles_the_transform.row) {
        const bubbles_shape *shape = bubbles_the_transform.input();
        if (!row) row = calloc(1, shape->size);
        if (!row) __builtin_trap();
        done = bubbles_for_each_row(shape, chunk, size, row, take, NULL);
    } else {
        done = bubbles_the_transform.chunk(call_config, input, chunk, size);
    }
    call_release(chunk, size);
    return call_done(done);
}

void *bubbles_call_transform_finish_(void) {
    return call_done(bubbles_the_transform.finish ? bubbles_the_transform.finish(call_config) : BUBBLES_OK);
}
