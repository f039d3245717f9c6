/* explain.c - a text in memory of its own. */
#include "mixer/base/explain.h"

#include <stdarg.h>
#include <stdio.h>

int explain(int error, char **why, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(why, format, arguments) < 0)
        *why = NULL;
    va_end(arguments);
    return error;
}
