// Reads lines of text files, a split each, and writes them to one file a split, published at the end.
// With the macros of C, which work here as well.
#include <bubbles.h>
#include <stdlib.h>

#define CONFIG(FIELD) FIELD(path, TEXT)
BUBBLES_CONFIG(config, CONFIG)

#define LINE(FIELD) FIELD(number, INTEGER) FIELD(text, TEXT)
BUBBLES_ROW(line, LINE)

static int compare(bubbles_text a, bubbles_text b) {
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return order ? order : a.size < b.size ? -1 : a.size > b.size;
}

/* The bookmark is the last file that was read: only files after it are new. */
static bubbles_result plan(const void *settings, bubbles_bytes bookmark, bubbles_source *source) {
    const auto *config = static_cast<const struct config *>(settings);
    bubbles_objects found;
    bubbles_result done = bubbles_find(config->path, &found);
    if (done != BUBBLES_OK) return done;
    bubbles_bytes last = bookmark;
    for (size_t i = 0; i < found.count; i++) {
        if (bookmark.data && compare(found.items[i].url, bookmark) <= 0) continue;
        bubbles_source_add(source, found.items[i].url, found.items[i].size);
        last = found.items[i].url;
    }
    if (last.data) bubbles_source_bookmark(source, last);
    bubbles_objects_free(&found);
    return BUBBLES_OK;
}

static bubbles_result run(const void *config, const bubbles_split *piece, const bubbles_context *context) {
    (void)config;
    bubbles_bytes text;
    bubbles_result done = bubbles_read(piece->payload, 0, BUBBLES_READ_BYTES, &text);
    if (done != BUBBLES_OK) return done;
    bubbles_buffer words = {0};
    bubbles_add(&words, "split ");
    bubbles_add_integer(&words, context->split, 1);
    bubbles_add(&words, " of ");
    bubbles_add_integer(&words, context->splits, 1);
    bubbles_add(&words, " has ");
    bubbles_add_integer(&words, (int64_t)text.size, 1);
    bubbles_add(&words, " bytes");
    bubbles_log_text(BUBBLES_INFO, bubbles_text_in(&words));
    free(words.data);
    line line = {0};
    for (const char *at = text.data, *end = text.data + text.size; at < end;) {
        const char *stop = static_cast<const char *>(memchr(at, '\n', (size_t)(end - at)));
        if (!stop) stop = end;
        line.number++;
        line.text.data = at;
        line.text.size = (size_t)(stop - at);
        line_emit(&line);
        at = stop + 1;
    }
    bubbles_bytes_free(&text);
    return BUBBLES_OK;
}

static bubbles_staged staged;
static bubbles_buffer out;

static bubbles_result open(const void *settings, const bubbles_context *context) {
    const auto *config = static_cast<const struct config *>(settings);
    bubbles_buffer url = {0};
    bubbles_add_text(&url, config->path);
    bubbles_add_integer(&url, context->split, 5);
    bubbles_add(&url, ".txt");
    bubbles_result done = bubbles_staged_create(bubbles_text_in(&url), &staged);
    free(url.data);
    return done;
}

static bubbles_result add(void *state, const void *row) {
    (void)state;
    const auto *line = static_cast<const struct line *>(row);
    bubbles_add_integer(&out, line->number, 1);
    bubbles_add(&out, " ");
    bubbles_add_text(&out, line->text);
    bubbles_add(&out, "\n");
    return BUBBLES_OK;
}

static bubbles_result write(const void *config, char *data, size_t size) {
    (void)config;
    line line;
    out.size = 0;
    bubbles_result done = bubbles_for_each_row(line_shape(), data, size, &line, add, NULL);
    return done == BUBBLES_OK ? bubbles_staged_write(staged, bubbles_text_in(&out)) : done;
}

static bubbles_result prepare(const void *config, bubbles_buffer *receipt) {
    (void)config;
    bubbles_bytes given;
    bubbles_result done = bubbles_staged_finish(staged, &given);
    bubbles_add_text(receipt, given);
    bubbles_bytes_free(&given);
    return done;
}

static bubbles_result each(const bubbles_bytes *receipts, size_t count, bubbles_result (*end)(bubbles_bytes)) {
    for (size_t i = 0; i < count; i++) {
        bubbles_result done = end(receipts[i]);
        if (done != BUBBLES_OK) return done;
    }
    return BUBBLES_OK;
}

static bubbles_result commit(const void *config, const bubbles_bytes *receipts, size_t count) {
    (void)config;
    return each(receipts, count, bubbles_publish);
}

static bubbles_result discard(const void *config, const bubbles_bytes *receipts, size_t count) {
    (void)config;
    return each(receipts, count, bubbles_discard);
}

BUBBLES_EXTRACT_TASK(config, (.plan = plan, .run = run), .summary = "reads lines of text")
BUBBLES_LOAD_TASK(config, (.write = write, .open = open, .prepare = prepare, .commit = commit, .abort = discard),
                  .summary = "writes lines of text")
