// The files of the page, as they are in Page/, within the program.

#include "CJoulePage.h"

#include <string.h>

// C23 has #embed; older standards take it from the compiler.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char index_html[] = {
#embed "Page/index.html"
};

static const unsigned char page_css[] = {
#embed "Page/page.css"
};

static const unsigned char words_js[] = {
#embed "Page/words.js"
};

static const unsigned char data_js[] = {
#embed "Page/data.js"
};

static const unsigned char filter_js[] = {
#embed "Page/filter.js"
};

static const unsigned char table_js[] = {
#embed "Page/table.js"
};

static const unsigned char chart_js[] = {
#embed "Page/chart.js"
};

static const unsigned char runs_js[] = {
#embed "Page/runs.js"
};

static const unsigned char run_js[] = {
#embed "Page/run.js"
};

static const unsigned char compare_js[] = {
#embed "Page/compare.js"
};

static const unsigned char duplicates_js[] = {
#embed "Page/duplicates.js"
};

static const unsigned char lifecycle_js[] = {
#embed "Page/lifecycle.js"
};

static const unsigned char frontier_js[] = {
#embed "Page/frontier.js"
};

static const unsigned char page_js[] = {
#embed "Page/page.js"
};

// Made by `make .build/stamps/vega` and by the wheel's build; without it no chart is drawn.
#if __has_embed("Page/vega.js") == __STDC_EMBED_FOUND__
#define HAS_VEGA 1
static const unsigned char vega_js[] = {
#embed "Page/vega.js"
};
#endif

static const struct {
    const char *name;
    const unsigned char *bytes;
    size_t count;
} files[] = {
    {"index.html", index_html, sizeof index_html},
    {"page.css", page_css, sizeof page_css},
    {"words.js", words_js, sizeof words_js},
    {"data.js", data_js, sizeof data_js},
    {"filter.js", filter_js, sizeof filter_js},
    {"table.js", table_js, sizeof table_js},
    {"chart.js", chart_js, sizeof chart_js},
    {"runs.js", runs_js, sizeof runs_js},
    {"run.js", run_js, sizeof run_js},
    {"compare.js", compare_js, sizeof compare_js},
    {"duplicates.js", duplicates_js, sizeof duplicates_js},
    {"lifecycle.js", lifecycle_js, sizeof lifecycle_js},
    {"frontier.js", frontier_js, sizeof frontier_js},
    {"page.js", page_js, sizeof page_js},
#ifdef HAS_VEGA
    {"vega.js", vega_js, sizeof vega_js},
#endif
};

const unsigned char *joule_page_file(const char *name, size_t *count) {
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (strcmp(files[i].name, name) == 0) {
            *count = files[i].count;
            return files[i].bytes;
        }
    }
    *count = 0;
    return NULL;
}
