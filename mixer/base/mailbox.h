/*
 * mailbox.h - small values from any thread to one, in order, as many as there are.
 *
 *   mailbox_create(sizeof(struct message), &mailbox);
 *   sender:    mailbox_put(mailbox, &message);
 *   receiver:  ...mailbox_fd() is readable...  while (mailbox_take(mailbox, &message)) ...
 *
 * For threads that may lock and allocate; a media worker has ring.h.
 *
 * Thread   create, destroy: while nobody else uses it. put: any. take, wait: one thread.
 */
#ifndef MIXER_BASE_MAILBOX_H
#define MIXER_BASE_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>

struct mailbox;

/** @return 0 and *mailbox, owned by the caller; -ENOMEM, -EMFILE. */
int mailbox_create(size_t value_bytes, struct mailbox **mailbox);
/** Values still in it are forgotten. NULL is allowed. */
void mailbox_destroy(struct mailbox *mailbox);

/** Copies one value in. Without memory the process stops: a lost message would be a lost leg.
 */
void mailbox_put(struct mailbox *mailbox, const void *value);

/** Copies the oldest value out. @return false: there is none. */
bool mailbox_take(struct mailbox *mailbox, void *value);

/** Sleeps until there is a value. */
void mailbox_wait(struct mailbox *mailbox);

/** An eventfd that is readable while there are values. Borrowed. */
int mailbox_fd(const struct mailbox *mailbox);

#endif
