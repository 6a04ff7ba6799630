#pragma once

#include <stddef.h>

/// The bytes of a file of the page, such as "page.js", and how many they are; null where it was not
/// built in, as "vega.js" may not have been.
///
/// They last as long as the program.
const unsigned char *joule_page_file(const char *name, size_t *count);
