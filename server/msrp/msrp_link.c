/* msrp_link.c - the thread's half of a session: requests and responses, in and out. */
#include "server/msrp/msrp_internal.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/rtp/address.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INDEX_DIGITS = 3, SERIAL_DIGITS = 8, ANSWER_TEXT_BYTES = 2 * MSRP_READER_BYTES };
enum { NOT_YET = 0 /* whose request it is */ };

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

/* It is over with @p message, which is in @p queue. */
static void settle(struct msrp_queue *queue, struct msrp_message *message, unsigned status)
{
    take_out(queue, message);
    msrp_tell_sent(message, status);
}

/* ---- bound to a connection, or not ---- */

void msrp_link_bind(struct msrp_thread *thread, struct msrp_link *link,
                    struct msrp_connection *connection)
{
    (void)thread;
    link->connection = connection;
    link->next = connection->links;
    link->place = &connection->links;
    if (link->next)
        link->next->place = &link->next;
    connection->links = link;
}

static void drop_partials(struct msrp_link *link)
{
    for (unsigned i = 0; i < MSRP_MOST_PARTIAL; i++) {
        msrp_assembly_finish(&link->partial[i].assembly);
        link->partial[i].id[0] = '\0';
    }
}

void msrp_link_unbind(struct msrp_thread *thread, struct msrp_link *link, enum msrp_state state)
{
    struct msrp_connection *connection = link->connection;
    *link->place = link->next;
    if (link->next)
        link->next->place = link->place;
    link->connection = NULL;
    link->unanswered = 0;
    if (connection->link == link)
        connection->link = NULL;
    if (!connection->links)
        connection->since_ns = clock_monotonic_ns();
    drop_partials(link);
    while (link->sent.first)
        settle(&link->sent, link->sent.first, 481);
    if (link->queued.first && link->queued.first->serial) /* half of it is gone */
        settle(&link->queued, link->queued.first, 481);
    msrp_tell_state(thread->service, link->number, state);
}

void msrp_link_free(struct msrp_thread *thread, struct msrp_link *link)
{
    thread->link[link->number & (MSRP_MOST_SESSIONS - 1)] = NULL;
    thread->link_count--;
    if (link->connection)
        msrp_link_unbind(thread, link, MSRP_STATE_LOST);
    drop_partials(link);
    while (link->queued.first)
        settle(&link->queued, link->queued.first, 481);
    msrp_tell_closed(link);
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
bool msrp_link_fill(struct msrp_thread *thread, struct msrp_connection *connection)
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

static void take_response(struct msrp_link *link, const struct msrp_head *head)
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

static void take_report(struct msrp_link *link, const struct msrp_head *head)
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
static void sweep(struct msrp_link *link, int64_t now_ns)
{
    while (link->sent.first && link->sent.first->late_ns < now_ns)
        settle(&link->sent, link->sent.first, 408);
    while (!link->connection && link->queued.first && link->queued.first->late_ns < now_ns)
        settle(&link->queued, link->queued.first, 408);
}

void msrp_link_sweep(struct msrp_thread *thread, int64_t now_ns)
{
    for (unsigned i = 0; thread->link_count && i < MSRP_MOST_SESSIONS; i++) {
        if (thread->link[i])
            sweep(thread->link[i], now_ns);
    }
}

/* ---- requests of theirs ---- */

static void write_response(struct msrp_thread *thread, struct msrp_connection *connection,
                           const struct msrp_head *head, unsigned status)
{
    char *out = msrp_connection_room(thread, connection, ANSWER_TEXT_BYTES);
    struct text text;
    if (!out)
        return;
    text_init(&text, out, ANSWER_TEXT_BYTES);
    msrp_write_response(&text, head, status, msrp_write_comment(status));
    if (!text.full)
        connection->out_end += text.length;
}

static bool wants_response(const struct msrp_head *head, unsigned status)
{
    if (head->method == MSRP_REPORT || head->method == MSRP_RESPONSE)
        return false;
    return head->failure == MSRP_FAILURE_YES ||
           (head->failure == MSRP_FAILURE_PARTIAL && status >= 300);
}

/* Once for each request. */
static void answer(struct msrp_thread *thread, struct msrp_connection *connection,
                   unsigned status)
{
    if (connection->is_answered)
        return;
    connection->is_answered = true;
    thread->service->counters.rejected += status >= 300;
    if (wants_response(&connection->head, status))
        write_response(thread, connection, &connection->head, status);
}

/* Section 7.1.2: of the whole message. */
static void report_success(struct msrp_thread *thread, struct msrp_connection *connection,
                           const struct msrp_link *link, const struct msrp_head *head,
                           uint64_t length)
{
    char transaction[MSRP_TRANSACTION_BYTES], id[MSRP_MESSAGE_ID_BYTES];
    char path[MSRP_PATH_BYTES];
    if (!slice_copy(head->message_id, id, sizeof(id)) ||
        !slice_copy(head->from_path, path, sizeof(path)))
        return;
    char *out = msrp_connection_room(thread, connection, MSRP_WRITE_HEAD_BYTES);
    struct text text;
    if (!out)
        return;
    random_name(transaction, 20);
    text_init(&text, out, MSRP_WRITE_HEAD_BYTES);
    msrp_write_request(&text, &(struct msrp_request){.transaction = transaction,
                                                     .method = "REPORT",
                                                     .to_path = path,
                                                     .from_path = link->own,
                                                     .message_id = id,
                                                     .range = {1, length, length},
                                                     .status = 200});
    msrp_write_end(&text, transaction, false, '$');
    if (!text.full)
        connection->out_end += text.length;
}

static struct msrp_link *find(const struct msrp_thread *thread, struct slice to_path)
{
    struct msrp_uri to;
    char digits[INDEX_DIGITS + 1] = "";
    if (msrp_path_next(&to_path, &to) <= 0 || to.session.length != MSRP_ID_BYTES - 1)
        return NULL;
    memcpy(digits, to.session.at, INDEX_DIGITS);
    struct msrp_link *link = thread->link[strtoul(digits, NULL, 16) & (MSRP_MOST_SESSIONS - 1)];
    return link && CRYPTO_memcmp(link->id, to.session.at, MSRP_ID_BYTES - 1) == 0 ? link : NULL;
}

/* A relay on the way answers for itself, and reports what it could not pass on. */
static bool may_be_relay(const struct msrp_link *link, const struct msrp_connection *connection)
{
    const enum msrp_method method = connection->head.method;
    return link->connection == connection && (method == MSRP_RESPONSE || method == MSRP_REPORT);
}

static bool is_far_end(const struct msrp_link *link, const struct msrp_connection *connection)
{
    struct msrp_uri from;
    return msrp_path_last(connection->head.from_path, &from) == 0 &&
           (slice_equals(from.session, link->peer->session) || may_be_relay(link, connection));
}

/* Whose it is, bound to this connection. @return 200; why not; NOT_YET. */
static unsigned find_link(struct msrp_thread *thread, struct msrp_connection *connection)
{
    const struct msrp_head *head = &connection->head;
    struct msrp_link *link = find(thread, head->to_path);
    if (!link || link->is_tls != (connection->ssl != NULL))
        return 481;
    if (!link->peer)
        return NOT_YET;
    if (!is_far_end(link, connection))
        return 481;
    if (link->connection && link->connection != connection)
        return 506;
    if (!link->connection) {
        if (connection->ssl && !msrp_tls_fits(connection->ssl, link)) {
            log_often("msrp", link->call, NULL, "the certificate is not that of the far end");
            return 481;
        }
        msrp_link_bind(thread, link, connection);
        msrp_tell_state(thread->service, link->number, MSRP_STATE_BOUND);
        log_often("msrp", link->call, NULL, "the far end has connected");
    }
    connection->link = link;
    return 200;
}

/* @return false: it has to wait until more is known of its session. */
static bool judge_head(struct msrp_thread *thread, struct msrp_connection *connection)
{
    const struct msrp_head *head = &connection->head;
    connection->status = find_link(thread, connection);
    if (connection->status == NOT_YET)
        return false;
    if (connection->status == 200 && head->method == MSRP_OTHER)
        connection->status = 501;
    if (connection->status == 200 && head->method == MSRP_SEND && head->content_type.length &&
        !head->message_id.length)
        connection->status = 400;
    if (connection->status != 200)
        answer(thread, connection, connection->status);
    return true;
}

/* More is known now, or one has ended. */
static void judge_held(struct msrp_thread *thread)
{
    for (struct msrp_connection *at = thread->connections, *next; at; at = next) {
        next = at->next;
        if (!at->is_held || !judge_head(thread, at))
            continue;
        at->is_held = false;
        msrp_connection_resume(thread, at);
    }
}

static void take_head(struct msrp_thread *thread, struct msrp_connection *connection,
                      const struct msrp_head *head)
{
    /* the buffer moves on before the request is over */
    memcpy(connection->head_text, head->text.at, head->text.length);
    (void)msrp_head_read((struct slice){connection->head_text, head->text.length},
                         &connection->head);
    head = &connection->head;
    connection->link = NULL;
    connection->is_answered = false;
    connection->at = head->range.first - 1;
    thread->service->counters.requests += head->method != MSRP_RESPONSE;
    connection->is_held = !judge_head(thread, connection);
}

/* The place of the message at hand; if all are taken that of the one that has waited longest.
 */
static struct msrp_partial *find_partial(struct msrp_link *link, struct slice id)
{
    struct msrp_partial *chosen = &link->partial[0];
    for (unsigned i = 0; i < MSRP_MOST_PARTIAL; i++) {
        struct msrp_partial *at = &link->partial[i];
        if (at->id[0] && slice_equals(id, at->id)) {
            chosen = at;
            break;
        }
        if (at->used < chosen->used)
            chosen = at;
    }
    if (!chosen->id[0] || !slice_equals(id, chosen->id)) {
        msrp_assembly_finish(&chosen->assembly);
        chosen->assembly.most = link->most_bytes;
        (void)slice_copy(id, chosen->id, sizeof(chosen->id));
    }
    chosen->used = ++link->partial_count;
    return chosen;
}

static unsigned status_of(int error)
{
    return error == 0 ? 200 : error == -EMSGSIZE ? 413 : error == -ENOMEM ? 413 : 400;
}

static bool is_within(const struct msrp_head *head, uint64_t at, size_t length)
{
    const uint64_t end =
        head->range.last != MSRP_NOT_SAID ? head->range.last : head->range.total;
    return end == MSRP_NOT_SAID || (at <= end && length <= end - at);
}

static void take_content(struct msrp_thread *thread, struct msrp_connection *connection,
                         struct slice content)
{
    struct msrp_link *link = connection->link;
    const struct msrp_head *head = &connection->head;
    if (connection->status != 200 || !link || head->method != MSRP_SEND ||
        !head->content_type.length)
        return;
    if (!is_within(head, connection->at, content.length))
        connection->status = 400;
    else if (link->sink)
        connection->status = link->sink->take(link->sink_context, head, connection->at,
                                              content.at, content.length);
    else
        connection->status =
            status_of(msrp_assembly_add(&find_partial(link, head->message_id)->assembly,
                                        connection->at, content.at, content.length));
    connection->at += content.length;
    if (connection->status != 200)
        answer(thread, connection, connection->status);
}

static struct msrp_waiting *make_waiting(const struct msrp_connection *connection)
{
    const struct msrp_head *head = &connection->head;
    struct msrp_waiting *made = calloc(1, sizeof(*made));
    if (!made)
        return NULL;
    made->connection = connection->number;
    made->head = malloc(head->text.length + 1);
    made->head_length = head->text.length;
    made->incoming.method = head->method;
    if (made->head) {
        memcpy(made->head, head->text.at, head->text.length);
        made->incoming.type = strndup(head->content_type.length ? head->content_type.at : "",
                                      head->content_type.length);
    }
    if (made->incoming.type && head->has_nickname)
        made->incoming.nickname = strndup(head->nickname.at, head->nickname.length);
    if (made->incoming.type && (!head->has_nickname || made->incoming.nickname))
        return made;
    msrp_waiting_free(made);
    return NULL;
}

/* Control says what to answer. */
static void pass_on(struct msrp_thread *thread, struct msrp_connection *connection,
                    struct msrp_partial *partial)
{
    struct msrp_link *link = connection->link;
    struct msrp_waiting *waiting = make_waiting(connection);
    if (!waiting) {
        answer(thread, connection, 413);
        return;
    }
    if (partial) {
        waiting->incoming.length = partial->assembly.total;
        waiting->incoming.content = msrp_assembly_take(&partial->assembly);
        partial->id[0] = '\0';
        partial->used = 0;
    }
    link->unanswered++;
    msrp_tell_request(thread->service, link->number, waiting);
}

static void end_whole(struct msrp_thread *thread, struct msrp_connection *connection)
{
    struct msrp_link *link = connection->link;
    struct msrp_partial *partial = find_partial(link, connection->head.message_id);
    const unsigned status = status_of(msrp_assembly_end(&partial->assembly, connection->at));
    if (status != 200 || !msrp_assembly_is_whole(&partial->assembly))
        answer(thread, connection, status); /* of a gap: what is missing may still come */
    else
        pass_on(thread, connection, partial);
}

static void end_piece(struct msrp_thread *thread, struct msrp_connection *connection, char flag)
{
    struct msrp_link *link = connection->link;
    struct msrp_partial *partial = find_partial(link, connection->head.message_id);
    if (flag == '#') {
        msrp_assembly_finish(&partial->assembly);
        partial->id[0] = '\0';
        partial->used = 0;
    } else if (msrp_assembly_is_whole(&partial->assembly)) { /* its end came before */
        pass_on(thread, connection, partial);
        return;
    }
    answer(thread, connection, 200);
}

static void end_send(struct msrp_thread *thread, struct msrp_connection *connection, char flag)
{
    struct msrp_link *link = connection->link;
    const struct msrp_head *head = &connection->head;
    if (!head->content_type.length) { /* only says who is there */
        answer(thread, connection, 200);
    } else if (link->sink) {
        const unsigned status = link->sink->end(link->sink_context, head, connection->at, flag);
        answer(thread, connection, status);
        if (status == 200 && flag == '$' && head->wants_success)
            report_success(thread, connection, link, head, connection->at);
    } else if (flag == '$') {
        end_whole(thread, connection);
    } else {
        end_piece(thread, connection, flag);
    }
}

static void take_end(struct msrp_thread *thread, struct msrp_connection *connection, char flag)
{
    const struct msrp_head *head = &connection->head;
    struct msrp_link *link = connection->link;
    if (connection->status != 200 || !link)
        return;
    if (head->method == MSRP_RESPONSE)
        take_response(link, head);
    else if (head->method == MSRP_REPORT)
        take_report(link, head);
    else if (head->method == MSRP_NICKNAME)
        pass_on(thread, connection, NULL);
    else
        end_send(thread, connection, flag);
}

void msrp_link_take(struct msrp_thread *thread, struct msrp_connection *connection,
                    const struct msrp_piece *piece)
{
    if (piece->kind == MSRP_PIECE_HEAD)
        take_head(thread, connection, &piece->head);
    else if (piece->kind == MSRP_PIECE_CONTENT)
        take_content(thread, connection, piece->content);
    else
        take_end(thread, connection, piece->flag);
}

/* ---- what control wants ---- */

/* Section 5.4: who has connected says at once who it is. */
static void introduce(struct msrp_link *link)
{
    struct msrp_message *message = calloc(1, sizeof(*message));
    if (!message)
        return;
    message->service = link->service;
    message->is_ours = true;
    append(&link->queued, message);
}

static void connect_to(struct msrp_thread *thread, struct msrp_link *link)
{
    const union latch_address *to = &link->peer->end.address;
    SSL *ssl = NULL;
    const int fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool is_begun = fd >= 0 && msrp_thread_has_room(thread) &&
                    (connect(fd, &to->any, address_bytes(to)) == 0 || errno == EINPROGRESS);
    if (is_begun && link->is_tls) {
        ssl = msrp_tls_open(thread->tls, fd, link->peer->host);
        is_begun = ssl != NULL;
    }
    struct msrp_connection *connection =
        is_begun ? msrp_connection_create(thread, fd, to, ssl) : NULL;
    if (!connection) {
        if (!is_begun && fd >= 0)
            close(fd);
        log_often("msrp", link->call, NULL, "cannot connect to the far end");
        msrp_tell_state(thread->service, link->number, MSRP_STATE_FAILED);
        return;
    }
    connection->is_connecting = true;
    introduce(link);
    msrp_link_bind(thread, link, connection);
    msrp_connection_flush(thread, connection);
}

static void open_link(struct msrp_thread *thread, struct msrp_link *link)
{
    thread->link[link->number & (MSRP_MOST_SESSIONS - 1)] = link;
    thread->link_count++;
}

static void meet(struct msrp_thread *thread, struct msrp_link *link, struct msrp_peer *peer)
{
    link->peer = peer;
    if (peer->end.is_active)
        connect_to(thread, link);
    else
        judge_held(thread);
}

/* A connection that is nobody's any more ends with its last session. */
static void close_link(struct msrp_thread *thread, struct msrp_link *link)
{
    struct msrp_connection *connection = link->connection;
    msrp_link_free(thread, link);
    judge_held(thread);
    if (!connection || connection->links)
        return;
    msrp_connection_flush(thread, connection);
    msrp_connection_end(thread, connection);
}

static void answer_late(struct msrp_thread *thread, struct msrp_link *link,
                        struct msrp_waiting *waiting)
{
    struct msrp_connection *connection = link->connection;
    struct msrp_head head;
    if (!connection || connection->number != waiting->connection ||
        msrp_head_read((struct slice){waiting->head, waiting->head_length}, &head) < 0)
        return;
    link->unanswered--;
    thread->service->counters.rejected += waiting->status >= 300;
    if (wants_response(&head, waiting->status))
        write_response(thread, connection, &head, waiting->status);
    if (waiting->status == 200 && head.wants_success && !connection->is_dead)
        report_success(thread, connection, link, &head, waiting->incoming.length);
    msrp_connection_resume(thread, connection);
}

static void queue_message(struct msrp_thread *thread, struct msrp_link *link,
                          struct msrp_message *message)
{
    message->late_ns = clock_monotonic_ns() + MSRP_ANSWER_S * CLOCK_NS_PER_S;
    append(&link->queued, message);
    if (link->connection)
        msrp_connection_resume(thread, link->connection);
}

void msrp_link_command(struct msrp_thread *thread, struct msrp_command *command)
{
    struct msrp_link *link = thread->link[command->session & (MSRP_MOST_SESSIONS - 1)];
    if (link && link->number != command->session)
        link = NULL;
    switch (command->kind) {
    case MSRP_COMMAND_OPEN:
        open_link(thread, (struct msrp_link *)command);
        break;
    case MSRP_COMMAND_CONNECT:
        if (link)
            meet(thread, link, (struct msrp_peer *)command);
        else
            free(command);
        break;
    case MSRP_COMMAND_CLOSE:
        if (link)
            close_link(thread, link);
        free(command);
        break;
    case MSRP_COMMAND_SEND:
        if (link)
            queue_message(thread, link, (struct msrp_message *)command);
        else
            msrp_tell_sent((struct msrp_message *)command, 481);
        break;
    case MSRP_COMMAND_ANSWER:
        if (link)
            answer_late(thread, link, (struct msrp_waiting *)command);
        msrp_waiting_free((struct msrp_waiting *)command);
        break;
    case MSRP_COMMAND_RELOAD:
        msrp_tls_destroy(thread->tls);
        thread->tls = (struct msrp_tls *)command;
        break;
    case MSRP_COMMAND_STOP:
        break;
    }
}
