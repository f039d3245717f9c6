/*
 * secure.h - the TLS of the SIP stack, taken in hand.
 *
 * sofia-sip 1.12.11 opens TLS connections and knows little of them: one file with one
 * certificate, no versions, no optional certificates of clients, no reload, no end for who
 * connects and says nothing, and it never frees a connection's SSL. OpenSSL tells who asks of
 * every context, SSL and BIO that is made (CRYPTO_get_ex_new_index(3)), so the stack's are
 * found and put right here:
 *
 *   secure_create(&config, loop, gate, &tls, &why);
 *   secure_adopt_begin(tls, port);  nua_create(... "sips:" ...);  secure_adopt_end(tls);
 *   secure_reload(tls, &why);           SIGHUP: what connects from now on gets the new pairs
 *
 * Names    who asks for one (SNI) sees the pair that has it: secure_policy.h.
 *          When we call, the ClientHello has the name that is called, never an address. The
 *          stack does not say for whom an SSL is: name_of() tells it by who waits for one.
 * Sharing  the stack takes any connection that it has to an address, whoever it was verified
 *          for. So before something is written on one, is_for_other() is asked whether it may
 *          be for a name that its certificate has not: then nothing is written, the connection
 *          ends, and the stack opens another, which is verified for that name.
 * Shape    connections of the stack only: those of other OpenSSL users are left alone.
 * Limits   a handshake has SECURE_HANDSHAKE_S; SECURE_UNFINISHED of them may be under way, of
 *          one source SECURE_UNFINISHED_OF_ONE; a source has SECURE_OF_ONE connections, all of
 *          them `most`. The flood gate (gate.h) is asked for each. Who is above is cut off.
 * Thread   control. Connections of other threads are not looked at.
 * Not      a name for a connection that is made again within a call: it goes to what the far
 *          end has said of itself (Contact, Record-Route), which may be anybody's name; nor for
 *          one to a host that cannot be told (server_name.h); of names at one address that are
 *          called at once some may be refused; requests within a call are not looked at: they
 *          go by whatever connection there is; session resumption (it is off). The stack looks
 *          at names without wildcards (RFC 5922 section 7.2).
 * Leaks    of each connection that we make, the stack leaks its reading of the far end's names,
 *          about 200 bytes.
 * Source   RFC 3261 section 26, RFC 5922, RFC 5246, RFC 6066 section 3, RFC 8446.
 */
#ifndef SERVER_SIP_SECURE_H
#define SERVER_SIP_SECURE_H

#include "server/call/gate.h"
#include "server/loop/loop.h"
#include "server/sip/server_name.h"

#include <stdbool.h>
#include <stdint.h>

#include <openssl/types.h>

enum {
    SECURE_HANDSHAKE_S = 10,
    SECURE_UNFINISHED = 128,
    SECURE_UNFINISHED_OF_ONE = 16,
    SECURE_OF_ONE = 256,
    SECURE_IDLE_S = 3600
};

struct secure;

enum secure_client { SECURE_CLIENT_OFF, SECURE_CLIENT_OPTIONAL, SECURE_CLIENT_REQUIRED };

struct secure_config {             /* strings borrowed until secure_destroy() */
    const char *certificate, *key; /* NULL: made in data_directory; in the same file */
    const char *const *more;       /* [more_count] files for other names, with keys  */
    unsigned more_count;
    const char *client_ca; /* NULL: none                                     */
    enum secure_client client;
    bool allows_1_2;            /* false: TLS 1.3 only                            */
    bool verify;                /* of who is called                               */
    const char *data_directory; /* for a pair that is made                        */
    const char *host;           /* for that pair: our address; NULL               */
    unsigned most;              /* connections at once                            */
    /** A connection that we made to @p peer (AF_UNSPEC: unknown) for the name @p said (NULL:
     *  none) has ended, perhaps before it was one, for its certificate say: the stack tells who
     *  waits for it nothing. Not of one that never got to its handshake: of that it does tell.
     *  NULL: nobody wants to know. */
    void (*on_ended)(void *context, const struct sockaddr *peer, const char *said);
    /** Whom a connection that we make to @p peer is for: its name in DNS, for the ClientHello.
     *  Asked once, before that is written. @return false: for an address, or it cannot be told;
     *  then no name is said. NULL: none ever is. */
    bool (*name_of)(void *context, const struct sockaddr *peer, char name[SERVER_NAME_BYTES]);
    /** Whether what is about to be written to @p peer, who has shown @p certificate, may be the
     *  call of somebody whose name is not in it (secure_is_good_for()). NULL: never. */
    bool (*is_for_other)(void *context, const struct sockaddr *peer, X509 *certificate);
    void *context;
};

/** Whether @p certificate has @p host, a name or an address; as strict as the stack is: no
 *  wildcards (RFC 5922 section 7.2). */
bool secure_is_good_for(X509 *certificate, const char *host);

/** Counters for /metrics. */
struct secure_stats {
    uint64_t accepted, failed; /* handshakes of others: done, and not */
    uint64_t cut;              /* by the limits above                 */
    unsigned connections;      /* now, in any state                   */
};

/** Reads what @p config names. Made pairs are not looked at: for --check. @return as
 *  secure_create(). */
int secure_check(const struct secure_config *config, char **why);

/** @return 0 and *tls, owned by the caller; else an errno and *why, a line that names the key
 *  of the configuration and the file, owned by the caller. */
int secure_create(const struct secure_config *config, struct loop *loop, struct gate *gate,
                  struct secure **tls, char **why);
/** The stack's transports must be gone. NULL is allowed. */
void secure_destroy(struct secure *tls);

/** Contexts that are made between the two by this thread are the stack's, for the listener on
 *  @p port. @return at the end 0; -EIO: there is none, or one cannot be used as configured. */
void secure_adopt_begin(struct secure *tls, uint16_t port);
int secure_adopt_end(struct secure *tls);

/** Reads the files again. @return 0; else an errno and *why: what was before stays. */
int secure_reload(struct secure *tls, char **why);

/** Where the self-signed certificate is, or NULL: one is configured. Borrowed. */
const char *secure_self_signed(const struct secure *tls);

void secure_stats_read(const struct secure *tls, struct secure_stats *stats);

#endif
