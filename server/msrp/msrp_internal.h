/*
 * msrp_internal.h - what the files of this folder share: the two halves of a session, and what
 * goes between their threads.
 *
 * Control has struct msrp_session, the msrp thread struct msrp_link of the same number. What
 * control wants goes through a queue of commands; requests, and messages and sessions that are
 * over, come back by the loop. Each is in a piece of memory that was there before, so that none
 * can fail. All name a session by its number: what is about one that is gone is dropped.
 *
 * Thread   as each struct says.
 */
#ifndef SERVER_MSRP_MSRP_INTERNAL_H
#define SERVER_MSRP_MSRP_INTERNAL_H

#include "server/msrp/msrp_assembly.h"
#include "server/msrp/msrp_reader.h"
#include "server/msrp/msrp_service.h"
#include "server/msrp/msrp_write.h"

#include <openssl/types.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    MSRP_ID_BYTES = 32, /* of a session: three digits of its index, then what nobody guesses */
    MSRP_INDEX_BITS = 12,
    MSRP_OWN_PATH_BYTES = 384,
    MSRP_SMALL_BYTES = 2048, /* a larger chunk may be cut short on its way (section 7.1.1) */
    MSRP_RELAY_WINDOW = 8,   /* chunks that a relay has not answered: it says so when it can */
    MSRP_IN_BYTES = 64 * 1024,
    MSRP_FULL_BYTES = 64 * 1024,   /* that wait to be sent: no message goes behind them */
    MSRP_PAUSE_BYTES = 160 * 1024, /* that wait to be sent: nothing is read any more */
};
_Static_assert(MSRP_PAUSE_BYTES > MSRP_FULL_BYTES + MSRP_CHUNK_BYTES + MSRP_WRITE_HEAD_BYTES,
               "answers are read while a message goes out");
_Static_assert(MSRP_MOST_SESSIONS == 1 << MSRP_INDEX_BITS, "an index fits");

enum msrp_command_kind {
    MSRP_COMMAND_OPEN,
    MSRP_COMMAND_CONNECT,
    MSRP_COMMAND_CLOSE,
    MSRP_COMMAND_SEND,
    MSRP_COMMAND_ANSWER,
    MSRP_COMMAND_RELOAD,
    MSRP_COMMAND_STOP,
};

/** Embedded in what it is about. */
struct msrp_command {
    enum msrp_command_kind kind;
    uint64_t session; /* its number */
    struct msrp_command *next;
};

/** A request that waits for its answer. */
struct msrp_waiting {
    struct msrp_command command; /* ANSWER; first */
    struct loop_job home;
    struct msrp_service *service; /* held on its way home */
    struct msrp_incoming incoming;
    unsigned status;
    uint64_t connection; /* its number, from which it came */
    char *head;          /* owned: its text, [head_length] */
    size_t head_length;
    struct msrp_waiting *next;
};

/** A message on its way out. */
struct msrp_message {
    struct msrp_command command; /* SEND; first */
    struct loop_job home;
    struct msrp_service *service; /* held on its way home */
    struct msrp_message *next;
    struct msrp_sent sent; /* what became of it */
    bool is_ours;          /* nobody asks what becomes of it */
    char *type, *content;
    const struct msrp_source *source;
    void *source_context;
    uint64_t length, at; /* at: the next byte that goes out */
    /* the thread's: */
    uint32_t serial; /* 0: not begun */
    char id[MSRP_MESSAGE_ID_BYTES];
    int64_t late_ns; /* then nobody waits any more: for a connection, for its answer */
};

struct msrp_queue {
    struct msrp_message *first, *last;
};

/** A message that has come in part. */
struct msrp_partial {
    char id[MSRP_MESSAGE_ID_BYTES]; /* "": none */
    uint64_t used;                  /* the larger, the later */
    struct msrp_assembly assembly;
};

struct msrp_connection;

/** The far end of a session, as control has heard of it. */
struct msrp_peer {
    struct msrp_command command; /* CONNECT; first */
    char path[MSRP_PATH_BYTES], session[MSRP_SESSION_BYTES];
    char host[MSRP_OWN_PATH_BYTES]; /* of the first of its path, without brackets */
    bool is_behind_relay;
    struct msrp_far_end end; /* its path is not used */
};

/** The thread's half of a session. */
struct msrp_link {
    struct msrp_command command; /* OPEN; first */
    struct loop_job home;
    struct msrp_service *service; /* held on its way home */
    uint64_t number;
    char call[MSRP_CALL_BYTES];
    char id[MSRP_ID_BYTES], own[MSRP_OWN_PATH_BYTES];
    bool is_tls;
    struct msrp_peer *peer; /* owned; NULL: not known yet */
    size_t most_bytes;
    const struct msrp_sink *sink;
    void *sink_context;
    struct msrp_connection *connection; /* NULL: not bound */
    struct msrp_link *next, **place;    /* of those on its connection */
    struct msrp_queue queued, sent;
    uint32_t serial;
    unsigned in_flight; /* chunks without an answer; counted behind a relay only */
    uint64_t partial_count;
    struct msrp_partial partial[MSRP_MOST_PARTIAL];
    unsigned unanswered;
};

struct msrp_connection {
    int fd;
    SSL *ssl; /* NULL: plain */
    uint64_t number;
    union latch_address peer;
    bool is_connecting, is_in_handshake, is_dead;
    bool is_doubted; /* somebody else says to be who is there, and nothing has come since */
    bool is_held;    /* the request at hand is for a session whose far end is not known yet */
    bool tls_wants_write;
    uint32_t watched; /* events of epoll */
    int64_t since_ns; /* it is nobody's */
    struct msrp_connection *next, **place;
    struct msrp_link *links;
    /* in */
    char *in; /* [MSRP_IN_BYTES] */
    size_t used;
    struct msrp_reader reader;
    char head_text[MSRP_READER_BYTES];
    struct msrp_head head;  /* of the request at hand */
    struct msrp_link *link; /* that it is for; NULL: none */
    unsigned status;        /* 200, or why it is refused */
    bool is_answered;
    uint64_t at; /* of the message: where the next byte belongs */
    /* out */
    char *out;
    size_t out_begin, out_end, out_room;
};

struct msrp_tls;

/** The thread's. */
struct msrp_thread {
    struct msrp_service *service;
    int epoll_fd, wake_fd;
    int listen_fd[MSRP_MOST_ENDPOINTS];
    bool is_stopping;
    bool is_deaf; /* descriptors are out: nobody is let in until the next sweep */
    unsigned connection_count;
    uint64_t connection_number;
    struct msrp_connection *connections, *dead;
    struct msrp_link *link[MSRP_MOST_SESSIONS]; /* by index */
    unsigned link_count;
    struct msrp_tls *tls; /* NULL: none */
};

struct msrp_counters {
    _Atomic unsigned connections;
    _Atomic uint64_t accepted, refused, received, sent, requests, rejected;
};

struct msrp_service {
    atomic_uint holders; /* control, and each note on its way */
    bool is_closed;      /* control's: nobody listens any more */
    struct msrp_service_config config;
    uint16_t port[2];                                 /* plain, TLS; 0: none */
    struct dtls_fingerprint fingerprint;              /* of our certificate; no hash: none */
    struct msrp_session *session[MSRP_MOST_SESSIONS]; /* control's, by index */
    unsigned session_count, next_index;
    uint64_t generation;
    struct msrp_thread thread;
    pthread_t id;
    bool is_running;
    pthread_mutex_t lock; /* of the queue */
    struct msrp_command *first, **last;
    struct msrp_command stop;
    struct msrp_counters counters;
};

/* ---- msrp_service.c: to control; any thread ---- */

/* Each moved: */
void msrp_tell_request(struct msrp_service *service, uint64_t session,
                       struct msrp_waiting *request);
/** It is over, with that status. */
void msrp_tell_sent(struct msrp_message *message, unsigned status);
/** Nothing comes by it any more. */
void msrp_tell_closed(struct msrp_link *link);

void msrp_tell_state(struct msrp_service *service, uint64_t session, enum msrp_state state);

void msrp_waiting_free(struct msrp_waiting *waiting); /* NULL is allowed */

/* ---- msrp_thread.c ---- */

/** Binds the endpoints. @return 0 and the ports; -errno and *which. */
int msrp_thread_open(struct msrp_thread *thread, unsigned *which);
/** The thread's function. */
void *msrp_thread_run(void *thread);
/** For one more connection. Whoever holds connections that are nobody's keeps nobody out: the
 *  oldest of them goes. */
bool msrp_thread_has_room(struct msrp_thread *thread);
void msrp_thread_close(struct msrp_thread *thread);

/* ---- msrp_connection.c ---- */

/** @p fd moves in. @return NULL: no memory; it is closed then. */
struct msrp_connection *msrp_connection_create(struct msrp_thread *thread, int fd,
                                               const union latch_address *peer, SSL *ssl);
/** It ends at the end of this round; its sessions have none any more. */
void msrp_connection_end(struct msrp_thread *thread, struct msrp_connection *connection);
void msrp_connection_free(struct msrp_connection *connection);
void msrp_connection_on_ready(struct msrp_thread *thread, struct msrp_connection *connection,
                              uint32_t events);
/** Sends what there is, as far as it goes, and says to epoll what is waited for. */
void msrp_connection_flush(struct msrp_thread *thread, struct msrp_connection *connection);
/** What had to wait may be read, perhaps: of a TLS connection, and of the buffer, epoll does
 * not tell. */
void msrp_connection_resume(struct msrp_thread *thread, struct msrp_connection *connection);
/** It is asked for a sign of life by @p link, and ends if there is none in time. */
void msrp_connection_doubt(struct msrp_thread *thread, struct msrp_connection *connection,
                           struct msrp_link *link);
/** @p room bytes behind what waits to be sent. NULL: no memory; it has ended. */
char *msrp_connection_room(struct msrp_thread *thread, struct msrp_connection *connection,
                           size_t room);

/* ---- msrp_link.c ---- */

/** A command of control. */
void msrp_link_command(struct msrp_thread *thread, struct msrp_command *command);
void msrp_link_bind(struct msrp_link *link, struct msrp_connection *connection);
void msrp_link_unbind(struct msrp_thread *thread, struct msrp_link *link,
                      enum msrp_state state);
/** Gives up what nobody has answered in time. */
void msrp_link_sweep(struct msrp_thread *thread, int64_t now_ns);
void msrp_link_free(struct msrp_thread *thread, struct msrp_link *link);

/* ---- msrp_inbox.c ---- */

/** A piece of what a connection has brought. */
void msrp_inbox_take(struct msrp_thread *thread, struct msrp_connection *connection,
                     const struct msrp_piece *piece);
/** More is known of a far end now, or a session is gone: who is held may go on. */
void msrp_inbox_judge_held(struct msrp_thread *thread);
/** What control says to a request. */
void msrp_inbox_answer(struct msrp_thread *thread, struct msrp_link *link,
                       struct msrp_waiting *waiting);

/* ---- msrp_outbox.c ---- */

/** Moved. */
void msrp_outbox_add(struct msrp_link *link, struct msrp_message *message);
/** An empty request. Without memory there is none. */
void msrp_outbox_introduce(struct msrp_link *link);
/** The next chunk of whoever has one. @return false: nobody. */
bool msrp_outbox_fill(struct msrp_thread *thread, struct msrp_connection *connection);
void msrp_outbox_take_response(struct msrp_link *link, const struct msrp_head *head);
void msrp_outbox_take_report(struct msrp_link *link, const struct msrp_head *head);
/** Gives up what nobody has answered in time. */
void msrp_outbox_sweep(struct msrp_link *link, int64_t now_ns);
/** The connection is gone: what went by it is lost, what has not begun waits. */
void msrp_outbox_lose(struct msrp_link *link);
/** The session is gone. */
void msrp_outbox_end(struct msrp_link *link);

/* ---- msrp_tls.c ---- */

/** Connections keep what they began with. */
struct msrp_tls {
    struct msrp_command command; /* RELOAD; first */
    SSL_CTX *server, *client;
    struct dtls_fingerprint fingerprint;
};

int msrp_tls_create(const char *certificate, const char *key, struct msrp_tls **tls,
                    char **why);
void msrp_tls_destroy(struct msrp_tls *tls); /* NULL is allowed */
/** @return NULL: no memory. @p host: that we connect to; NULL: it has connected to us. */
SSL *msrp_tls_open(struct msrp_tls *tls, int fd, const char *host);
/** Whether who is there may be the far end of @p link. */
bool msrp_tls_fits(SSL *ssl, const struct msrp_link *link);

#endif
