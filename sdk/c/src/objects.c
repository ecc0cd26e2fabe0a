/* Files and cloud objects. */
#include <stdlib.h>

#include "abi.h"

static bubbles_object_error_kind last_error;

bubbles_object_error_kind bubbles_object_error(void) {
    return last_error;
}

static bubbles_result outcome(abi_result *result) {
    if (!result->failed) return BUBBLES_OK;
    last_error = result->error.kind;
    bubbles_text message = {result->error.data, result->error.size};
    bool again = last_error == BUBBLES_OBJECT_TRANSIENT;
    bubbles_result failed = bubbles_fail(again ? BUBBLES_TRANSIENT : BUBBLES_FATAL, message);
    if (message.size) free(result->error.data);
    return failed;
}

static bubbles_result bytes_of(abi_result *result, bubbles_bytes *bytes) {
    bubbles_bytes none = {NULL, 0};
    *bytes = none;
    bubbles_result done = outcome(result);
    if (done == BUBBLES_OK && result->list.size) {
        bytes->data = result->list.data;
        bytes->size = result->list.size;
    }
    return done;
}

void bubbles_bytes_free(bubbles_bytes *bytes) {
    if (bytes->size) free((void *)bytes->data);
    bytes->data = NULL;
    bytes->size = 0;
}

/* An object as it is passed. */
typedef struct {
    char *url;
    uint32_t url_size;
    uint64_t size;
    uint8_t has_etag;
    char *etag;
    uint32_t etag_size;
} abi_object;

bubbles_result bubbles_find(bubbles_text pattern, bubbles_objects *found) {
    abi_result result;
    abi_find(pattern.data, pattern.size, &result);
    found->items = NULL;
    found->count = 0;
    bubbles_result done = outcome(&result);
    if (done != BUBBLES_OK || result.list.size == 0) return done;
    abi_object *listed = result.list.data;
    found->count = result.list.size;
    found->items = calloc(found->count, sizeof *found->items);
    if (!found->items) __builtin_trap();
    for (size_t i = 0; i < found->count; i++) {
        bubbles_object *object = &found->items[i];
        object->url.data = listed[i].url;
        object->url.size = listed[i].url_size;
        object->size = listed[i].size;
        if (listed[i].has_etag) {
            object->etag.data = listed[i].etag;
            object->etag.size = listed[i].etag_size;
        }
    }
    free(listed);
    return done;
}

void bubbles_objects_free(bubbles_objects *found) {
    for (size_t i = 0; i < found->count; i++) {
        bubbles_bytes_free(&found->items[i].url);
        bubbles_bytes_free(&found->items[i].etag);
    }
    free(found->items);
    found->items = NULL;
    found->count = 0;
}

bubbles_result bubbles_read(bubbles_text url, uint64_t offset, uint64_t length, bubbles_bytes *read) {
    abi_result result;
    abi_read(url.data, url.size, offset, length, &result);
    return bytes_of(&result, read);
}

bubbles_result bubbles_staged_create(bubbles_text url, bubbles_staged *staged) {
    abi_result result;
    abi_create(url.data, url.size, &result);
    bubbles_result done = outcome(&result);
    if (done == BUBBLES_OK) staged->handle = result.handle;
    return done;
}

bubbles_result bubbles_staged_write(bubbles_staged staged, bubbles_bytes bytes) {
    abi_result result;
    abi_write(staged.handle, bytes.data, bytes.size, &result);
    return outcome(&result);
}

bubbles_result bubbles_staged_finish(bubbles_staged staged, bubbles_bytes *receipt) {
    abi_result result;
    abi_finish(staged.handle, &result);
    return bytes_of(&result, receipt);
}

void bubbles_staged_drop(bubbles_staged staged) {
    abi_drop(staged.handle);
}

bubbles_result bubbles_publish(bubbles_bytes receipt) {
    abi_result result;
    abi_publish(receipt.data, receipt.size, &result);
    return outcome(&result);
}

bubbles_result bubbles_discard(bubbles_bytes receipt) {
    abi_result result;
    abi_discard(receipt.data, receipt.size, &result);
    return outcome(&result);
}

bubbles_result bubbles_remove(bubbles_text url) {
    abi_result result;
    abi_remove(url.data, url.size, &result);
    return outcome(&result);
}
