/* Configuration in, errors out. */
#include <stdlib.h>

#include "call.h"

call_result call_answer;
void *call_config;
static bubbles_buffer message;

bubbles_text call_message(void) {
    return bubbles_text_in(&message);
}

bubbles_result bubbles_fail(bubbles_result kind, bubbles_text text) {
    message.size = 0;
    bubbles_add_text(&message, text);
    return kind;
}

bubbles_result bubbles_reject(const char *reason) {
    return bubbles_fail(BUBBLES_REJECT, bubbles_text_of(reason));
}

bubbles_result bubbles_invalid(const char *text) {
    return bubbles_fail(BUBBLES_INVALID, bubbles_text_of(text));
}

bubbles_result bubbles_transient(const char *text) {
    return bubbles_fail(BUBBLES_TRANSIENT, bubbles_text_of(text));
}

bubbles_result bubbles_fatal(const char *text) {
    return bubbles_fail(BUBBLES_FATAL, bubbles_text_of(text));
}

void *call_done(bubbles_result result) {
    bubbles_emit_rows_now();
    call_answer.failed = result != BUBBLES_OK;
    if (call_answer.failed) {
        /* A reject is for a row; of a whole call it means that its input is bad. */
        call_answer.error.kind = (uint8_t)(result <= BUBBLES_INVALID ? 0 : result - BUBBLES_INVALID);
        call_answer.error.data = message.data;
        call_answer.error.size = (uint32_t)message.size;
    }
    return &call_answer;
}

void call_release(char *data, uint32_t size) {
    if (size) free(data);
}

bubbles_result call_configure(const bubbles_about *about, char *config, uint32_t size) {
    /* Text in it stays where it is, as long as the instance lives. */
    const bubbles_shape *shape = about->config();
    if (!call_config) call_config = calloc(1, shape->size ? shape->size : 1);
    if (!call_config) __builtin_trap();
    const char *wrong = shape->count ? bubbles_parse_row(shape, config, size, call_config) : NULL;
    if (!wrong) return BUBBLES_OK;
    bubbles_buffer text = {0};
    bubbles_add(&text, "the configuration: ");
    bubbles_add(&text, wrong);
    bubbles_result failed = bubbles_fail(BUBBLES_FATAL, bubbles_text_in(&text));
    free(text.data);
    return failed;
}
