/* api_digits.c - a list of runs, each with its timer. */
#include "api/api_digits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct api_digits_run {
    struct api_digits *digits;
    struct participant *participant; /* borrowed until api_digits_forget() */
    struct loop_timer timer;
    unsigned at; /* the next of text */
    char text[API_DIGITS_MOST + 1];
    struct api_digits_run *next;
};

void api_digits_init(struct api_digits *digits, struct loop *loop)
{
    *digits = (struct api_digits){.loop = loop};
}

static struct api_digits_run **find(struct api_digits *digits,
                                    const struct participant *participant)
{
    struct api_digits_run **at = &digits->first;
    while (*at && (*at)->participant != participant)
        at = &(*at)->next;
    return at;
}

static void end_run(struct api_digits *digits, struct api_digits_run **at)
{
    struct api_digits_run *run = *at;
    loop_timer_stop(digits->loop, &run->timer);
    *at = run->next;
    free(run);
}

void api_digits_finish(struct api_digits *digits)
{
    while (digits->first)
        end_run(digits, &digits->first);
}

void api_digits_forget(struct api_digits *digits, const struct participant *participant)
{
    struct api_digits_run **at = find(digits, participant);
    if (*at)
        end_run(digits, at);
}

/* The pause behind the last digit counts: who asks then for more does not run into it. */
static void on_step(void *context)
{
    struct api_digits_run *run = context;
    struct api_digits *digits = run->digits;
    char digit = run->text[run->at++];
    if (!digit || participant_send_digit(run->participant, digit) < 0) {
        api_digits_forget(digits, run->participant);
        return;
    }
    loop_timer_start(digits->loop, &run->timer, API_DIGITS_STEP_MS, on_step, run);
}

int api_digits_send(struct api_digits *digits, struct participant *participant,
                    const char *text)
{
    size_t length = strlen(text);
    if (!length || length > API_DIGITS_MOST || strspn(text, "0123456789*#ABCD") != length)
        return -EINVAL;
    if (*find(digits, participant))
        return -EBUSY;
    struct api_digits_run *run = calloc(1, sizeof(*run));
    if (!run)
        return -ENOMEM;
    int err = participant_send_digit(participant, text[0]);
    if (err < 0) {
        free(run);
        return err;
    }
    run->digits = digits;
    run->participant = participant;
    run->at = 1;
    memcpy(run->text, text, length + 1);
    run->next = digits->first;
    digits->first = run;
    loop_timer_start(digits->loop, &run->timer, API_DIGITS_STEP_MS, on_step, run);
    return 0;
}
