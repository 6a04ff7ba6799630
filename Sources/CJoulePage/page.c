// The files of the page, as they are in Page/, within the program.

#include "CJoulePage.h"

#include <string.h>

// C23 has #embed; older standards take it from the compiler.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char html[] = {
#embed "Page/index.html"
};

static const unsigned char style[] = {
#embed "Page/page.css"
};

static const unsigned char script[] = {
#embed "Page/page.js"
};

#if __has_embed("Page/vega.js") == __STDC_EMBED_FOUND__
#define HAS_VEGA 1
static const unsigned char vega[] = {
#embed "Page/vega.js"
};
#endif

static const struct {
    const char *name;
    const unsigned char *bytes;
    size_t count;
} files[] = {
    {"index.html", html, sizeof html},
    {"page.css", style, sizeof style},
    {"page.js", script, sizeof script},
#ifdef HAS_VEGA
    {"vega.js", vega, sizeof vega},
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
