/*
 * api_digits.h - digits being sent to participants, one after the other: a press and a pause.
 *
 * Thread   control.
 * Source   RFC 4733; ITU-T Q.24 (at least 40 ms of tone and of pause).
 */
#ifndef API_API_DIGITS_H
#define API_API_DIGITS_H

#include "server/loop/loop.h"
#include "server/room/participant.h"

enum { API_DIGITS_MOST = 64, API_DIGITS_STEP_MS = 240 };

struct api_digits_run;

struct api_digits {
    struct loop *loop;
    struct api_digits_run *first;
};

void api_digits_init(struct api_digits *digits, struct loop *loop);

/** Forgets what is not yet sent. */
void api_digits_finish(struct api_digits *digits);

/**
 * Sends the first of @p text now and the others by and by. @p text is copied.
 *
 * @return 0; -EBUSY: earlier ones are not yet sent; -EINVAL: no digits, or more than
 *         API_DIGITS_MOST; -ENOMEM; participant_send_digit()'s errors for the first.
 */
int api_digits_send(struct api_digits *digits, struct participant *participant,
                    const char *text);

/** The participant is over: forgets it. To be called for each that ends. */
void api_digits_forget(struct api_digits *digits, const struct participant *participant);

#endif
