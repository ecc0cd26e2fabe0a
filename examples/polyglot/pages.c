/* Counts the requests of each page, those that failed and those that were slow. */
#include <bubbles.h>
#include <stdlib.h>
#include <string.h>

#define VISIT(FIELD) FIELD(page, TEXT) FIELD(status, INTEGER) FIELD(milliseconds, INTEGER)
BUBBLES_ROW(visit, VISIT)

#define PAGE(FIELD)                                                                           \
    FIELD(page, TEXT)                                                                         \
    FIELD(requests, INTEGER)                                                                  \
    FIELD(failed, INTEGER)                                                                    \
    FIELD(slow, INTEGER)                                                                      \
    FIELD(longest, INTEGER)
BUBBLES_ROW(page, PAGE)

#define CONFIG(FIELD) FIELD(slow_after, OPTIONAL_INTEGER)
BUBBLES_CONFIG(config, CONFIG)

/* The pages so far. A site has few: a table that is searched from the front is enough. */
static page *pages;
static size_t count;

static bubbles_text kept(bubbles_text text) {
    char *copy = malloc(text.size);
    memcpy(copy, text.data, text.size);
    return (bubbles_text){copy, text.size};
}

static page *find(bubbles_text name) {
    for (size_t i = 0; i < count; i++) {
        page *page = &pages[i];
        if (page->page.size == name.size && memcmp(page->page.data, name.data, name.size) == 0) return page;
    }
    pages = realloc(pages, (count + 1) * sizeof *pages);
    pages[count] = (page){.page = kept(name)};
    return &pages[count++];
}

static bubbles_result add(const void *configured, const void *row) {
    const config *config = configured;
    const visit *visit = row;
    int64_t slow_after = config->slow_after.present ? config->slow_after.value : 1000;
    page *page = find(visit->page);
    page->requests++;
    page->failed += visit->status >= 500;
    page->slow += visit->milliseconds > slow_after;
    if (visit->milliseconds > page->longest) page->longest = visit->milliseconds;
    return BUBBLES_OK;
}

static bubbles_result give(const void *config) {
    (void)config;
    for (size_t i = 0; i < count; i++) page_emit(&pages[i]);
    return BUBBLES_OK;
}

BUBBLES_TRANSFORM_TASK(config, (.input = visit_shape, .row = add, .finish = give),
                       .summary = "counts the requests of each page")
