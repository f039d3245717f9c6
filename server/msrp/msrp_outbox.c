/* msrp_outbox.c - messages of a session on their way out: chunks, and what becomes of them. */
#include "server/msrp/msrp_internal.h"

#include "mixer/base/clock.h"
#include "mixer/base/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a transaction: which message, and behind which byte of it the chunk ends. */
enum { SERIAL_DIGITS = 8, END_DIGITS = 12 };

/* ---- queues ---- */

static void append(struct msrp_queue *queue, struct msrp_message *message)
{
    message->next = NULL;
    if (queue->last)
        queue->last->next = message;
    else
        queue->first = message;
    queue->last = message;
}

static void take_out(struct msrp_queue *queue, struct msrp_message *message)
{
    struct msrp_message **at = &queue->first, *before = NULL;
    while (*at != message) {
        before = *at;
        at = &before->next;
    }
    *at = message->next;
    if (queue->last == message)
        queue->last = before;
}

static void wait_on(struct msrp_message *message)
{
    message->late_ns = clock_monotonic_ns() + MSRP_ANSWER_S * CLOCK_NS_PER_S;
}

void msrp_outbox_add(struct msrp_link *link, struct msrp_message *message)
{
    wait_on(message);
    append(&link->queued, message);
}

/* Section 5.4: an empty request says who is there. */
void msrp_outbox_introduce(struct msrp_link *link)
{
    struct msrp_message *message = calloc(1, sizeof(*message));
    if (!message)
        return;
    message->service = link->service;
    message->is_ours = true;
    append(&link->queued, message);
}

/* It is over with @p message, which is in @p queue. */
static void settle(struct msrp_queue *queue, struct msrp_message *message, unsigned status)
{
    take_out(queue, message);
    msrp_tell_sent(message, status);
}

/* ---- requests of ours ---- */

static void new_transaction(const struct msrp_message *message, uint64_t end,
                            char out[MSRP_TRANSACTION_BYTES])
{
    const int length = snprintf(out, MSRP_TRANSACTION_BYTES, "%0*" PRIx32 "%0*" PRIx64,
                                SERIAL_DIGITS, message->serial, END_DIGITS, end);
    random_name(out + length, MSRP_TRANSACTION_BYTES - (size_t)length);
}

static uint64_t read_digits(const char *at, size_t count)
{
    char digits[END_DIGITS + 1] = "";
    memcpy(digits, at, count);
    return strtoull(digits, NULL, 16);
}

/* By its @p serial, or without that by its @p id; and in which queue it is. */
static struct msrp_message *find(struct msrp_link *link, uint64_t serial, struct slice id,
                                 struct msrp_queue **queue)
{
    struct msrp_queue *const queues[] = {&link->sent, &link->queued};
    for (unsigned i = 0; i < 2; i++) {
        *queue = queues[i];
        for (struct msrp_message *at = queues[i]->first; at; at = at->next) {
            if (at->serial && (serial ? at->serial == serial : slice_equals(id, at->id)))
                return at;
        }
    }
    return NULL;
}

static void begin_message(struct msrp_link *link, struct msrp_message *message)
{
    message->serial = ++link->serial ? link->serial : ++link->serial;
    random_name(message->id, 24);
}

/* Puts a chunk's content at @p out. @return how much; or a negative errno. */
static int64_t read_chunk(struct msrp_message *message, char *out, size_t room)
{
    if (message->source)
        return message->source->read(message->source_context, message->at, out, room);
    if (room)
        memcpy(out, message->content + message->at, room);
    return (int64_t)room;
}

static bool has_line(const char *content, size_t length, const char *transaction)
{
    char line[MSRP_DASHES + MSRP_TRANSACTION_BYTES];
    snprintf(line, sizeof(line), "-------%s", transaction);
    return length && memmem(content, length, line, strlen(line));
}

static void write_head(const struct msrp_link *link, const struct msrp_message *message,
                       const char *transaction, size_t wanted, struct text *text)
{
    msrp_write_request(
        text, &(struct msrp_request){
                  .transaction = transaction,
                  .method = "SEND",
                  .to_path = link->peer->path,
                  .from_path = link->own,
                  .message_id = message->id,
                  .range = {message->at + 1,
                            wanted > MSRP_SMALL_BYTES ? MSRP_NOT_SAID : message->at + wanted,
                            message->length},
                  .wants_success = link->peer->is_behind_relay && message->type,
                  .content_type = message->type,
              });
}

/* The next chunk of @p message, the first of its link. @return false: the connection has ended.
 */
static bool send_chunk(struct msrp_thread *thread, struct msrp_connection *connection,
                       struct msrp_link *link, struct msrp_message *message)
{
    const uint64_t left = message->length - message->at;
    const size_t most = link->peer->is_behind_relay ? MSRP_SMALL_BYTES : MSRP_CHUNK_BYTES;
    const size_t wanted = left < most ? (size_t)left : most;
    const size_t room = MSRP_WRITE_HEAD_BYTES + wanted + MSRP_TRANSACTION_BYTES + 16;
    char *out = msrp_connection_room(thread, connection, room);
    if (!out)
        return false;
    if (!message->serial)
        begin_message(link, message);
    char transaction[MSRP_TRANSACTION_BYTES];
    struct text text;
    int64_t length;
    do { /* its last line must not be in the content */
        new_transaction(message, message->at + wanted, transaction);
        text_init(&text, out, MSRP_WRITE_HEAD_BYTES);
        write_head(link, message, transaction, wanted, &text);
        length = read_chunk(message, out + text.length, wanted);
    } while (length > 0 && has_line(out + text.length, (size_t)length, transaction));
    const bool is_broken = text.full || length != (int64_t)wanted;
    const size_t used = text.length + (is_broken ? 0 : wanted);
    message->at += is_broken ? 0 : wanted;
    const bool is_last = is_broken || message->at == message->length;
    text_init(&text, out + used, room - used);
    msrp_write_end(&text, transaction, message->type, is_broken ? '#' : is_last ? '$' : '+');
    connection->out_end += used + text.length;
    link->in_flight += link->peer->is_behind_relay;
    wait_on(message);
    if (!is_last)
        return true;
    if (is_broken) {
        settle(&link->queued, message, MSRP_BROKEN);
        return true;
    }
    take_out(&link->queued, message);
    append(&link->sent, message);
    return true;
}

static bool is_blocked(const struct msrp_link *link)
{
    return link->in_flight >= MSRP_RELAY_WINDOW;
}

/* One after the other: who has sent a chunk goes to the end. */
bool msrp_outbox_fill(struct msrp_thread *thread, struct msrp_connection *connection)
{
    struct msrp_link *link = connection->links;
    while (link && (!link->queued.first || is_blocked(link)))
        link = link->next;
    if (!link)
        return false;
    if (!send_chunk(thread, connection, link, link->queued.first))
        return false;
    if (link->next) {
        struct msrp_link **end = &link->next;
        while (*end)
            end = &(*end)->next;
        *link->place = link->next;
        link->next->place = link->place;
        *end = link;
        link->place = end;
        link->next = NULL;
    }
    return true;
}

/* ---- what becomes of them ---- */

static void note_arrived(struct msrp_message *message, uint64_t first, uint64_t last)
{
    if (last > message->at)
        last = message->at; /* it cannot have what has not gone */
    if (first <= message->sent.arrived + 1 && last > message->sent.arrived)
        message->sent.arrived = last;
}

/* A relay answers for itself: that it has taken a chunk says nothing of the far end. */
void msrp_outbox_take_response(struct msrp_link *link, const struct msrp_head *head)
{
    if (head->transaction.length <= SERIAL_DIGITS + END_DIGITS)
        return;
    link->in_flight -= link->in_flight > 0;
    const uint64_t serial = read_digits(head->transaction.at, SERIAL_DIGITS);
    const uint64_t end = read_digits(head->transaction.at + SERIAL_DIGITS, END_DIGITS);
    struct msrp_queue *queue;
    struct msrp_message *message = find(link, serial, (struct slice){"", 0}, &queue);
    if (!message)
        return;
    if (head->status >= 300) {
        settle(queue, message, head->status); /* it need not be sent to its end */
        return;
    }
    if (link->peer->is_behind_relay && message->type) {
        wait_on(message);
        return;
    }
    note_arrived(message, 1, end);
    if (queue == &link->sent && end == message->length)
        settle(queue, message, 200);
}

void msrp_outbox_take_report(struct msrp_link *link, const struct msrp_head *head)
{
    struct msrp_queue *queue;
    struct msrp_message *message = find(link, 0, head->message_id, &queue);
    if (!message || !head->report)
        return;
    if (head->report >= 300) {
        settle(queue, message, head->report);
        return;
    }
    wait_on(message);
    note_arrived(message, head->range.first, head->range.last);
    if (queue == &link->sent && message->sent.arrived == message->length)
        settle(queue, message, 200);
}

/* Who has no connection, or whose relay is silent, has lost what waits for it; else it only
 * takes its time. */
void msrp_outbox_sweep(struct msrp_link *link, int64_t now_ns)
{
    for (struct msrp_message *at = link->sent.first, *next; at; at = next) {
        next = at->next;
        if (at->late_ns < now_ns)
            settle(&link->sent, at, 408);
    }
    while ((!link->connection || is_blocked(link)) && link->queued.first &&
           link->queued.first->late_ns < now_ns)
        settle(&link->queued, link->queued.first, 408);
}

void msrp_outbox_lose(struct msrp_link *link)
{
    while (link->sent.first)
        settle(&link->sent, link->sent.first, 481);
    if (link->queued.first && link->queued.first->serial) /* half of it is gone */
        settle(&link->queued, link->queued.first, 481);
}

void msrp_outbox_end(struct msrp_link *link)
{
    msrp_outbox_lose(link);
    while (link->queued.first)
        settle(&link->queued, link->queued.first, 481);
}
