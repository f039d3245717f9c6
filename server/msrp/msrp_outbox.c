/* msrp_outbox.c - messages of a session on their way out: chunks, and what becomes of them. */
#include "server/msrp/msrp_internal.h"

#include "mixer/base/clock.h"
#include "mixer/base/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SERIAL_DIGITS = 8 };

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

void msrp_outbox_add(struct msrp_link *link, struct msrp_message *message)
{
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

/* The first digits of a transaction name its message. */
static void new_transaction(const struct msrp_message *message,
                            char out[MSRP_TRANSACTION_BYTES])
{
    const int length = snprintf(out, MSRP_TRANSACTION_BYTES, "%08x", message->serial);
    random_name(out + length, 16);
}

static struct msrp_message *message_of(const struct msrp_queue *queue, struct slice transaction)
{
    char digits[SERIAL_DIGITS + 1];
    if (transaction.length <= SERIAL_DIGITS)
        return NULL;
    memcpy(digits, transaction.at, SERIAL_DIGITS);
    digits[SERIAL_DIGITS] = '\0';
    const unsigned long serial = strtoul(digits, NULL, 16);
    for (struct msrp_message *at = queue->first; at; at = at->next) {
        if (at->serial && at->serial == serial)
            return at;
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
                       const char *transaction, struct text *text)
{
    const bool is_last_piece = message->length - message->at <= MSRP_CHUNK_BYTES;
    msrp_write_request(
        text, &(struct msrp_request){
                  .transaction = transaction,
                  .method = "SEND",
                  .to_path = link->peer->path,
                  .from_path = link->own,
                  .message_id = message->id,
                  .range = {message->at + 1, is_last_piece ? message->length : MSRP_NOT_SAID,
                            message->length},
                  .more = message->more,
                  .content_type = message->type,
              });
}

/* The next chunk of @p message, the first of its link. @return false: the connection has ended.
 */
static bool send_chunk(struct msrp_thread *thread, struct msrp_connection *connection,
                       struct msrp_link *link, struct msrp_message *message)
{
    const uint64_t left = message->length - message->at;
    const size_t wanted = left < MSRP_CHUNK_BYTES ? (size_t)left : MSRP_CHUNK_BYTES;
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
        new_transaction(message, transaction);
        text_init(&text, out, MSRP_WRITE_HEAD_BYTES);
        write_head(link, message, transaction, &text);
        length = read_chunk(message, out + text.length, wanted);
    } while (length > 0 && has_line(out + text.length, (size_t)length, transaction));
    const bool is_broken = text.full || length != (int64_t)wanted;
    const size_t used = text.length + (is_broken ? 0 : wanted);
    message->at += is_broken ? 0 : wanted;
    const bool is_last = is_broken || message->at == message->length;
    text_init(&text, out + used, room - used);
    msrp_write_end(&text, transaction, message->type, is_broken ? '#' : is_last ? '$' : '+');
    connection->out_end += used + text.length;
    if (!is_last)
        return true;
    if (is_broken) {
        settle(&link->queued, message, MSRP_BROKEN);
        return true;
    }
    memcpy(message->last, transaction, sizeof(message->last));
    message->late_ns = clock_monotonic_ns() + MSRP_ANSWER_S * CLOCK_NS_PER_S;
    take_out(&link->queued, message);
    append(&link->sent, message);
    return true;
}

/* One after the other: who has sent a chunk goes to the end. */
bool msrp_outbox_fill(struct msrp_thread *thread, struct msrp_connection *connection)
{
    struct msrp_link *link = connection->links;
    while (link && !link->queued.first)
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

void msrp_outbox_take_response(struct msrp_link *link, const struct msrp_head *head)
{
    struct msrp_message *message = message_of(&link->sent, head->transaction);
    const bool is_good = head->status < 300;
    if (message) {
        if (!is_good || slice_equals(head->transaction, message->last))
            settle(&link->sent, message, is_good ? 200 : head->status);
        return;
    }
    message = message_of(&link->queued, head->transaction);
    if (message && !is_good) /* it need not be sent to its end */
        settle(&link->queued, message, head->status);
}

void msrp_outbox_take_report(struct msrp_link *link, const struct msrp_head *head)
{
    struct msrp_queue *const queues[] = {&link->sent, &link->queued};
    if (head->report < 300)
        return; /* its response has said so */
    for (unsigned i = 0; i < 2; i++) {
        for (struct msrp_message *at = queues[i]->first; at; at = at->next) {
            if (at->serial && slice_equals(head->message_id, at->id)) {
                settle(queues[i], at, head->report);
                return;
            }
        }
    }
}

/* Who has no connection has lost what waits for it; where there is one, it only takes its time.
 */
void msrp_outbox_sweep(struct msrp_link *link, int64_t now_ns)
{
    while (link->sent.first && link->sent.first->late_ns < now_ns)
        settle(&link->sent, link->sent.first, 408);
    while (!link->connection && link->queued.first && link->queued.first->late_ns < now_ns)
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
