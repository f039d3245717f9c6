/*
 * trunk_register.h - one trunk's registration at one registrar: made, refreshed in time, tried
 * again ever more rarely.
 *
 *   trunk_register_begin(&registration, ua, trunk, uri);   again after each change of settings
 *   trunk_register_on_response(&registration, handle, status, phrase, sip);
 *   trunk_register_end(&registration);
 *
 * Each is asked for the password anew: a nonce is used once. The contact is a user part that
 * cannot be guessed (trunk.contact): who calls it knows our registration.
 *
 * Thread   control.
 * Source   RFC 3261 sections 10.2 and 10.3 (423), 22; RFC 5626 section 4.5 (back-off).
 */
#ifndef SERVER_SIP_TRUNK_REGISTER_H
#define SERVER_SIP_TRUNK_REGISTER_H

#include "server/call/digest.h"
#include "server/sip/lookup.h"
#include "server/sip/sip_internal.h"
#include "server/trunk/trunk_list.h"

enum {
    TRUNK_REGISTER_ID_BYTES = 25,
    TRUNK_REGISTER_WAIT_MS = 10000,
    TRUNK_REGISTER_LEAST_S = 5, /* after a failure */
    TRUNK_REGISTER_MOST_S = 300,
    TRUNK_REGISTER_RAISES = 3, /* of the time by 423, until it is granted or has failed */
};

/** Zeroed: none. */
struct trunk_register {
    struct ua *ua;
    struct trunk *trunk;  /* NULL: none */
    nua_handle_t *handle; /* of the request under way; NULL: none is */
    struct loop_timer timer;
    char call_id[TRUNK_REGISTER_ID_BYTES], tag[TRUNK_REGISTER_ID_BYTES];
    uint32_t sequence;
    unsigned asked_s;   /* as it is set */
    unsigned expires_s; /* as the registrar wants it, perhaps more */
    unsigned failures, raises;
    struct lookup lookup;  /* where the registrar is          */
    struct lookup_way way; /* that is tried now              */
    bool has_answered;     /* a challenge, in this try */
    bool is_up;
    char uri[TRUNK_URI_BYTES];       /* of the registrar */
    char username[TRUNK_TEXT_BYTES]; /* as it was registered */
};

/** At the registrar @p uri, copied. */
void trunk_register_begin(struct trunk_register *registration, struct ua *ua,
                          struct trunk *trunk, const char *uri);

/** @return true: it was the answer to its request. */
bool trunk_register_on_response(struct trunk_register *registration, const nua_handle_t *handle,
                                int status, const char *phrase, const sip_t *sip);

/** Forgets it: at the provider it expires. */
void trunk_register_end(struct trunk_register *registration);

#endif
