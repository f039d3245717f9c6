/* mailbox.c - two arrays: senders fill one, the receiver empties the other. */
#include "mixer/base/mailbox.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct batch {
    unsigned char *values;
    size_t count, room;
};

struct mailbox {
    size_t value_bytes;
    int fd;
    pthread_mutex_t lock; /* of `in`; held for a copy, or a swap */
    struct batch in;
    struct batch out; /* the receiver's */
    size_t taken;     /* of it          */
};

int mailbox_create(size_t value_bytes, struct mailbox **mailbox)
{
    struct mailbox *made = calloc(1, sizeof(*made));
    if (!made)
        return -ENOMEM;
    made->value_bytes = value_bytes;
    made->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (made->fd < 0) {
        free(made);
        return -EMFILE;
    }
    pthread_mutex_init(&made->lock, NULL);
    *mailbox = made;
    return 0;
}

void mailbox_destroy(struct mailbox *mailbox)
{
    if (!mailbox)
        return;
    pthread_mutex_destroy(&mailbox->lock);
    close(mailbox->fd);
    free(mailbox->in.values);
    free(mailbox->out.values);
    free(mailbox);
}

static void grow(struct batch *batch, size_t value_bytes)
{
    size_t room = batch->room ? 2 * batch->room : 16;
    unsigned char *values = realloc(batch->values, room * value_bytes);
    if (!values)
        abort();
    batch->values = values;
    batch->room = room;
}

void mailbox_put(struct mailbox *mailbox, const void *value)
{
    const size_t bytes = mailbox->value_bytes;
    pthread_mutex_lock(&mailbox->lock);
    struct batch *in = &mailbox->in;
    if (in->count == in->room)
        grow(in, bytes);
    memcpy(in->values + in->count * bytes, value, bytes);
    const bool is_first = in->count++ == 0;
    pthread_mutex_unlock(&mailbox->lock);
    if (is_first)
        eventfd_write(mailbox->fd, 1);
}

/* The eventfd is emptied before the swap: a put in between rings again, never not at all. */
static bool refill(struct mailbox *mailbox)
{
    eventfd_t ignored;
    eventfd_read(mailbox->fd, &ignored);
    pthread_mutex_lock(&mailbox->lock);
    struct batch full = mailbox->in;
    mailbox->in = mailbox->out;
    mailbox->in.count = 0;
    mailbox->out = full;
    pthread_mutex_unlock(&mailbox->lock);
    mailbox->taken = 0;
    return full.count > 0;
}

bool mailbox_take(struct mailbox *mailbox, void *value)
{
    if (mailbox->taken == mailbox->out.count && !refill(mailbox))
        return false;
    memcpy(value, mailbox->out.values + mailbox->taken++ * mailbox->value_bytes,
           mailbox->value_bytes);
    return true;
}

void mailbox_wait(struct mailbox *mailbox)
{
    struct pollfd bell = {.fd = mailbox->fd, .events = POLLIN};
    if (mailbox->taken == mailbox->out.count)
        poll(&bell, 1, -1);
}

int mailbox_fd(const struct mailbox *mailbox)
{
    return mailbox->fd;
}
