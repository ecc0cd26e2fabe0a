/* Calls of an extract. */
#include <stdlib.h>

#include "call.h"

/* A split as it is passed back. */
typedef struct {
    const char *payload;
    uint32_t payload_size;
    uint64_t bytes;
} abi_split;

struct bubbles_source {
    abi_split *splits;
    uint32_t count;
    uint32_t room;
    bool has_bookmark;
    bubbles_bytes bookmark;
};

static const char *copy(bubbles_bytes bytes) {
    char *mine = malloc(bytes.size ? bytes.size : 1);
    if (!mine) __builtin_trap();
    if (bytes.size) memcpy(mine, bytes.data, bytes.size);
    return mine;
}

void bubbles_source_add(bubbles_source *source, bubbles_bytes payload, uint64_t bytes) {
    if (source->count == source->room) {
        source->room = source->room ? source->room * 2 : 16;
        source->splits = realloc(source->splits, source->room * sizeof *source->splits);
        if (!source->splits) __builtin_trap();
    }
    abi_split split = {copy(payload), (uint32_t)payload.size, bytes};
    source->splits[source->count++] = split;
}

void bubbles_source_bookmark(bubbles_source *source, bubbles_bytes bookmark) {
    source->has_bookmark = true;
    source->bookmark.data = copy(bookmark);
    source->bookmark.size = bookmark.size;
}

void *bubbles_call_extract_plan_(char *config, uint32_t size, uint32_t has, char *mark, uint32_t mark_size) {
    static bubbles_source source;
    bubbles_bytes bookmark = {has ? mark : NULL, has ? mark_size : 0};
    bubbles_result done = call_configure(&bubbles_extract_about, config, size);
    if (done == BUBBLES_OK) done = bubbles_the_extract.plan(call_config, bookmark, &source);
    if (done != BUBBLES_OK) return call_done(done);
    call_answer.failed = 0;
    call_answer.source.splits = source.splits;
    call_answer.source.count = source.count;
    call_answer.source.has_bookmark = source.has_bookmark;
    call_answer.source.bookmark = source.bookmark.data;
    call_answer.source.bookmark_size = (uint32_t)source.bookmark.size;
    return &call_answer;
}

void *bubbles_call_extract_run_(char *config, uint32_t size, char *payload, uint32_t payload_size,
                                uint64_t bytes, BUBBLES_CONTEXT_PARAMS_) {
    bubbles_result done = call_configure(&bubbles_extract_about, config, size);
    if (done == BUBBLES_OK) {
        bubbles_context context = CALL_CONTEXT;
        bubbles_split piece = {{payload, payload_size}, bytes};
        done = bubbles_the_extract.run(call_config, &piece, &context);
    }
    return call_done(done);
}
