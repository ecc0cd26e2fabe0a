/* Chunks, rejects and log lines on their way out. */
#include "abi.h"

void bubbles_emit(const void *data, size_t size) {
    bubbles_emit_rows_now();
    abi_emit(data, size);
}

void bubbles_put_aside(bubbles_bytes record, bubbles_text reason) {
    abi_reject(record.data, record.size, reason.data, reason.size);
}

void bubbles_log(bubbles_level level, const char *message) {
    abi_log(level, message, strlen(message));
}

void bubbles_log_text(bubbles_level level, bubbles_text message) {
    abi_log(level, message.data, message.size);
}
