#include "joulebook.h"
