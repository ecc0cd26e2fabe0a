// Writes how many rows there were, a file a split. It ends each job at the second try alone: all that the first try
// does is done again. With the macros of C, which work here as well.
#include <bubbles.h>
#include <stdlib.h>

#define CONFIG(FIELD) FIELD(path, TEXT) FIELD(fails, BOOLEAN)
BUBBLES_CONFIG(config, CONFIG)

#define CARRIER(FIELD) FIELD(carrier, TEXT)
BUBBLES_ROW(carrier, CARRIER)

static bubbles_staged staged;
static int64_t rows;

static bubbles_result open(const void *settings, const bubbles_context *context) {
    const auto *config = static_cast<const struct config *>(settings);
    if (config->fails) return bubbles_fatal("there is no room for all");
    bubbles_buffer url = {};
    bubbles_add_text(&url, config->path);
    bubbles_add_integer(&url, context->split, 1);
    bubbles_add(&url, ".txt");
    bubbles_result done = bubbles_staged_create(bubbles_text_in(&url), &staged);
    free(url.data);
    return done;
}

static bubbles_result count(const void *config, const void *row) {
    (void)config;
    (void)row;
    rows++;
    return BUBBLES_OK;
}

static bubbles_result prepare(const void *config, bubbles_buffer *receipt) {
    (void)config;
    bubbles_buffer line = {};
    bubbles_add_integer(&line, rows, 1);
    bubbles_add(&line, " rows\n");
    bubbles_bytes given = {};
    bubbles_result done = bubbles_staged_write(staged, bubbles_text_in(&line));
    if (done == BUBBLES_OK) done = bubbles_staged_finish(staged, &given);
    bubbles_add_text(receipt, given);
    bubbles_bytes_free(&given);
    free(line.data);
    return done;
}

/* An object tells the second try from the first. */
static bubbles_result at_the_second_try(bubbles_text path, const char *once, const char *twice) {
    bubbles_buffer url = {};
    bubbles_add_text(&url, path);
    bubbles_add(&url, "tried");
    bubbles_text tried = bubbles_text_in(&url);
    bubbles_objects found = {};
    bubbles_result done = bubbles_find(tried, &found);
    if (done == BUBBLES_OK && found.count == 0) {
        bubbles_staged empty;
        bubbles_bytes receipt = {};
        done = bubbles_staged_create(tried, &empty);
        if (done == BUBBLES_OK) done = bubbles_staged_finish(empty, &receipt);
        if (done == BUBBLES_OK) done = bubbles_publish(receipt);
        if (done == BUBBLES_OK) done = bubbles_transient(once);
        bubbles_bytes_free(&receipt);
    } else if (done == BUBBLES_OK) {
        done = bubbles_remove(tried);
        bubbles_log(BUBBLES_WARN, twice);
    }
    bubbles_objects_free(&found);
    free(url.data);
    return done;
}

static bubbles_result commit(const void *settings, const bubbles_bytes *receipts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        bubbles_result done = bubbles_publish(receipts[i]);
        if (done != BUBBLES_OK) return done;
    }
    return at_the_second_try(static_cast<const config *>(settings)->path, "committed once", "committed twice");
}

static bubbles_result discard(const void *settings, const bubbles_bytes *receipts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        bubbles_result done = bubbles_discard(receipts[i]);
        if (done != BUBBLES_OK) return done;
    }
    return at_the_second_try(static_cast<const config *>(settings)->path, "aborted once", "aborted twice");
}

BUBBLES_LOAD_TASK(config, (.input = carrier_shape, .row = count, .open = open, .prepare = prepare, .commit = commit,
                           .abort = discard), .summary = "writes how many rows there were")
