/* Calls of a load. */
#include <stdlib.h>

#include "call.h"

static void *row;

void *bubbles_call_load_open_(char *config, uint32_t size, BUBBLES_CONTEXT_PARAMS_) {
    bubbles_result done = call_configure(&bubbles_load_about, config, size);
    if (done == BUBBLES_OK) {
        bubbles_context context = CALL_CONTEXT;
        done = bubbles_the_load.open(call_config, &context);
    }
    return call_done(done);
}

static bubbles_result take(void *state, const void *read) {
    (void)state;
    return bubbles_the_load.row(call_config, read);
}

void *bubbles_call_load_write_(char *chunk, uint32_t size) {
    bubbles_result done;
    if (bubbles_the_load.row) {
        const bubbles_shape *shape = bubbles_the_load.input();
        if (!row) row = calloc(1, shape->size);
        if (!row) __builtin_trap();
        done = bubbles_for_each_row(shape, chunk, size, row, take, NULL);
    } else {
        done = bubbles_the_load.write(call_config, chunk, size);
    }
    call_release(chunk, size);
    return call_done(done);
}

void *bubbles_call_load_prepare_(void) {
    static bubbles_buffer receipt;
    bubbles_result done = bubbles_the_load.prepare(call_config, &receipt);
    if (done != BUBBLES_OK) return call_done(done);
    call_answer.failed = 0;
    call_answer.list.data = receipt.data;
    call_answer.list.size = (uint32_t)receipt.size;
    return &call_answer;
}

void *bubbles_call_load_end_(uint32_t commit, char *config, uint32_t size, bubbles_owned_ *receipts,
                             uint32_t count) {
    bubbles_result done = call_configure(&bubbles_load_about, config, size);
    bubbles_bytes *views = calloc(count ? count : 1, sizeof *views);
    if (!views) __builtin_trap();
    for (uint32_t i = 0; i < count; i++) {
        views[i].data = receipts[i].data;
        views[i].size = receipts[i].size;
    }
    if (done == BUBBLES_OK) {
        done = (commit ? bubbles_the_load.commit : bubbles_the_load.abort)(call_config, views, count);
    }
    free(views);
    return call_done(done);
}
