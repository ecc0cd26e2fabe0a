/* The functions of the runtime, as they are in the canonical ABI. */
#ifndef BUBBLES_ABI_H
#define BUBBLES_ABI_H

#include <bubbles.h>

#define IMPORT(interface, function) \
    __attribute__((import_module("bubbles:etl/" interface "@0.1.0"), import_name(function)))

/* What a function of `objects` gives: an error's case and message, or a value in its place. */
typedef struct {
    uint8_t failed;
    union {
        struct { uint8_t kind; char *data; uint32_t size; } error;
        struct { void *data; uint32_t size; } list;
        int32_t handle;
    };
} abi_result;

IMPORT("output", "emit") void abi_emit(const void *data, size_t size);
IMPORT("rejects", "reject") void abi_reject(const void *data, size_t size, const void *reason, size_t reason_size);
IMPORT("log", "log") void abi_log(uint32_t level, const void *data, size_t size);
IMPORT("objects", "find") void abi_find(const void *data, size_t size, abi_result *result);
IMPORT("objects", "read")
void abi_read(const void *data, size_t size, uint64_t offset, uint64_t length, abi_result *result);
IMPORT("objects", "[static]staged.create") void abi_create(const void *data, size_t size, abi_result *result);
IMPORT("objects", "[method]staged.write")
void abi_write(int32_t staged, const void *data, size_t size, abi_result *result);
IMPORT("objects", "[static]staged.finish") void abi_finish(int32_t staged, abi_result *result);
IMPORT("objects", "[resource-drop]staged") void abi_drop(int32_t staged);
IMPORT("objects", "publish") void abi_publish(const void *data, size_t size, abi_result *result);
IMPORT("objects", "discard") void abi_discard(const void *data, size_t size, abi_result *result);
IMPORT("objects", "remove") void abi_remove(const void *data, size_t size, abi_result *result);

#endif
