/* check.c - the thread's own word for what it is. */
#include "mixer/base/check.h"

static _Thread_local enum check_thread own_kind;

static _Thread_local bool inside_tick;

void check_tick(bool inside)
{
    inside_tick = inside;
}

bool check_in_tick(void)
{
    return inside_tick;
}

void check_thread_is(enum check_thread kind)
{
    own_kind = kind;
}

bool check_thread(enum check_thread kind)
{
    return own_kind == CHECK_THREAD_ANY || own_kind == kind;
}
