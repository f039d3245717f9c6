/* msrp_link.c - the thread's half of a session: bound to a connection or not, and what control
 * wants of it. */
#include "server/msrp/msrp_internal.h"

#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "server/rtp/address.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- bound to a connection, or not ---- */

void msrp_link_bind(struct msrp_link *link, struct msrp_connection *connection)
{
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
    link->unanswered = link->in_flight = 0;
    if (connection->link == link)
        connection->link = NULL;
    if (!connection->links)
        connection->since_ns = clock_monotonic_ns();
    drop_partials(link);
    msrp_outbox_lose(link);
    msrp_tell_state(thread->service, link->number, state);
}

void msrp_link_free(struct msrp_thread *thread, struct msrp_link *link)
{
    thread->link[link->number & (MSRP_MOST_SESSIONS - 1)] = NULL;
    thread->link_count--;
    if (link->connection)
        msrp_link_unbind(thread, link, MSRP_STATE_LOST);
    drop_partials(link);
    msrp_outbox_end(link);
    msrp_tell_closed(link);
}

void msrp_link_sweep(struct msrp_thread *thread, int64_t now_ns)
{
    for (unsigned i = 0; thread->link_count && i < MSRP_MOST_SESSIONS; i++) {
        if (thread->link[i])
            msrp_outbox_sweep(thread->link[i], now_ns);
    }
}

/* ---- what control wants ---- */

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
    msrp_outbox_introduce(link); /* who has connected says at once who it is */
    msrp_link_bind(link, connection);
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
        msrp_inbox_judge_held(thread);
}

/* A connection that is nobody's any more ends with its last session. */
static void close_link(struct msrp_thread *thread, struct msrp_link *link)
{
    struct msrp_connection *connection = link->connection;
    msrp_link_free(thread, link);
    msrp_inbox_judge_held(thread);
    if (!connection || connection->links)
        return;
    msrp_connection_flush(thread, connection);
    msrp_connection_end(thread, connection);
}

static void queue_message(struct msrp_thread *thread, struct msrp_link *link,
                          struct msrp_message *message)
{
    msrp_outbox_add(link, message);
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
            msrp_inbox_answer(thread, link, (struct msrp_waiting *)command);
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
