/* Lets one row of a thousand through. Where it leaks, it keeps the text of every tenth. */
#include <bubbles.h>

#define CONFIG(FIELD) FIELD(leaks, BOOLEAN)
BUBBLES_CONFIG(config, CONFIG)

#define ROW(FIELD) FIELD(number, INTEGER) FIELD(text, TEXT)
BUBBLES_ROW(row, ROW)

static bubbles_buffer kept;

static bubbles_result sparse(const config *config, const row *row) {
    if (config->leaks && row->number % 10 == 0) bubbles_add_text(&kept, row->text);
    if (row->number % 1000 == 0) row_emit(row);
    return BUBBLES_OK;
}

BUBBLES_TRANSFORM(config, row, sparse, .summary = "lets one row of a thousand through")
