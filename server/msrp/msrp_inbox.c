/* msrp_inbox.c - requests that come, and responses to them: whose they are, what they bring,
 * and when they are answered. */
#include "server/msrp/msrp_internal.h"

#include "mixer/base/log.h"
#include "mixer/base/random.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum { INDEX_DIGITS = 3, ANSWER_TEXT_BYTES = 2 * MSRP_READER_BYTES };
enum { NOT_YET = 0 /* whose request it is */ };

/* ---- answers ---- */

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

/* We are no relay: behind us there is nobody. */
static struct msrp_link *find(const struct msrp_thread *thread, struct slice to_path)
{
    struct msrp_uri to;
    char digits[INDEX_DIGITS + 1] = "";
    if (msrp_path_next(&to_path, &to) <= 0 || to_path.length ||
        to.session.length != MSRP_ID_BYTES - 1)
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

/* He who has lost his network and comes again is faster than TCP is to notice. With TLS he
 * shows that he is the same, by the key whose fingerprint was said. Without, anybody who has
 * seen the SDP could say so: the connection that there is has to prove that it is alive, in
 * some seconds, and he may try again (RFC 4975 section 7.2: 506). @return 0, or why not. */
static unsigned move_here(struct msrp_thread *thread, struct msrp_link *link,
                          struct msrp_connection *connection)
{
    struct msrp_connection *before = link->connection;
    if (!connection->ssl || !link->peer->end.fingerprint_count ||
        !msrp_tls_fits(connection->ssl, link)) {
        msrp_connection_doubt(thread, before, link);
        return 506;
    }
    log_often("msrp", link->call, NULL, "the far end comes by another connection");
    msrp_link_unbind(thread, link, MSRP_STATE_LOST);
    if (!before->links)
        msrp_connection_end(thread, before);
    return 0;
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
    const bool is_elsewhere = link->connection && link->connection != connection;
    const unsigned refusal = is_elsewhere ? move_here(thread, link, connection) : 0;
    if (refusal)
        return refusal;
    if (!link->connection) {
        if (connection->ssl && !msrp_tls_fits(connection->ssl, link)) {
            log_often("msrp", link->call, NULL, "the certificate is not that of the far end");
            return 481;
        }
        msrp_link_bind(link, connection);
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

/* More is known now, or one has ended. What goes on may end others: so from the begin again,
 * after each. */
void msrp_inbox_judge_held(struct msrp_thread *thread)
{
    struct msrp_connection *at = thread->connections;
    while (at) {
        if (!at->is_held || !judge_head(thread, at)) {
            at = at->next;
            continue;
        }
        at->is_held = false;
        msrp_connection_resume(thread, at);
        at = thread->connections;
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
        msrp_outbox_take_response(link, head);
    else if (head->method == MSRP_REPORT)
        msrp_outbox_take_report(link, head);
    else if (head->method == MSRP_NICKNAME)
        pass_on(thread, connection, NULL);
    else
        end_send(thread, connection, flag);
}

void msrp_inbox_take(struct msrp_thread *thread, struct msrp_connection *connection,
                     const struct msrp_piece *piece)
{
    if (piece->kind == MSRP_PIECE_HEAD)
        take_head(thread, connection, &piece->head);
    else if (piece->kind == MSRP_PIECE_CONTENT)
        take_content(thread, connection, piece->content);
    else
        take_end(thread, connection, piece->flag);
}

void msrp_inbox_answer(struct msrp_thread *thread, struct msrp_link *link,
                       struct msrp_waiting *waiting)
{
    struct msrp_connection *connection = link->connection;
    struct msrp_head head;
    if (!connection || connection->number != waiting->connection ||
        msrp_head_read((struct slice){waiting->head, waiting->head_length}, &head) < 0)
        return;
    if (link->unanswered) /* else it has been elsewhere, and is back */
        link->unanswered--;
    thread->service->counters.rejected += waiting->status >= 300;
    if (wants_response(&head, waiting->status))
        write_response(thread, connection, &head, waiting->status);
    if (waiting->status == 200 && head.wants_success && !connection->is_dead)
        report_success(thread, connection, link, &head, waiting->incoming.length);
    msrp_connection_resume(thread, connection);
}
