/*
 * trunk_list.h - all trunks: what is set of them, kept in the store, and how they stand now:
 * lines in use, gateways that answer, registration.
 *
 *   trunk_list_create(store, &list);
 *   trunk_list_add(list, "provider", &settings, "password", &trunk);
 *   in:   trunk = trunk_list_of_source(list, source);  trunk_take_line_in(trunk)
 *   out:  trunk_list_take_line(list, "+4930123", "blue", now_s, NULL, &trunk)
 *   end:  trunk_give_line(trunk, is_out, "blue")
 *   now and then:  trunk_list_keep_counts(list)
 *
 * Lines are counted against what is set now: who lowers it ends no call.
 *
 * Owner    the list. A trunk that is deleted lives on, found by nobody, until its last line is
 *          given back.
 * Thread   control.
 * Errors   0 or a negative errno; the store's (store.h) as they are. On error nothing changed.
 */
#ifndef SERVER_TRUNK_TRUNK_LIST_H
#define SERVER_TRUNK_TRUNK_LIST_H

#include "server/rtp/address_block.h"
#include "server/trunk/trunk_settings.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    TRUNK_NAME_BYTES = 65,
    TRUNK_PASSWORD_BYTES = 129,
    TRUNK_MOST = 1000,
    TRUNK_MAX_ENDPOINTS = 16,
    TRUNK_CONTACT_BYTES = 21,
    TRUNK_DETAIL_BYTES = 96,
};

struct trunk_list;
struct store;

enum trunk_health { TRUNK_HEALTH_UNKNOWN, TRUNK_HEALTH_UP, TRUNK_HEALTH_DOWN };
enum trunk_registration {
    TRUNK_REGISTRATION_OFF,
    TRUNK_REGISTRATION_TRYING,
    TRUNK_REGISTRATION_UP,
    TRUNK_REGISTRATION_FAILED,
};

/** One place to which calls go: a gateway, or one of the servers that DNS has for it. */
struct trunk_endpoint {
    char uri[TRUNK_URI_BYTES];
    unsigned gateway; /* of the settings, by index */
    unsigned priority, weight;
    enum trunk_health health;
};

/** One place where it registers. */
struct trunk_registrar {
    char uri[TRUNK_URI_BYTES];
    enum trunk_registration state;
    char detail[TRUNK_DETAIL_BYTES]; /* "403 Forbidden"; "": nothing to say */
};

struct trunk {
    char name[TRUNK_NAME_BYTES];
    struct trunk_settings settings;
    char password[TRUNK_PASSWORD_BYTES]; /* of the far end: never shown, never logged */
    int64_t created_ns;                  /* wall */

    unsigned lines_in, lines_out; /* in use */
    struct trunk_budget budget;
    struct trunk_endpoint endpoint[TRUNK_MAX_ENDPOINTS]; /* [endpoints] */
    unsigned endpoints;
    struct trunk_registrar registrar[TRUNK_MAX_REGISTRARS]; /* [registrars] */
    unsigned registrars;
    enum trunk_registration registration;         /* the best of them */
    char registration_detail[TRUNK_DETAIL_BYTES]; /* why it is not up */
    char contact[TRUNK_CONTACT_BYTES]; /* the user part that we register: not to be guessed */

    /* the list's */
    struct trunk_list *list;
    struct address_block block[TRUNK_MAX_NETWORKS]; /* settings.network, read */
    bool was_up, was_full, is_deleted;
};

enum trunk_event_kind {
    TRUNK_EVENT_CREATED,
    TRUNK_EVENT_CHANGED,
    TRUNK_EVENT_DELETED,
    TRUNK_EVENT_UP,   /* calls can be made and come again         */
    TRUNK_EVENT_DOWN, /* no gateway answers, or it is not registered */
    TRUNK_EVENT_FULL, /* its last line was taken                  */
    TRUNK_EVENT_KINDS /* how many                                 */
};

/** Embedded in the listener, who fills on_event and context. */
struct trunk_listener {
    void (*on_event)(void *context, enum trunk_event_kind kind, struct trunk *trunk);
    void *context;
    struct trunk_listener *next; /* the list's */
};

/** The name in the API: "trunk_up". A constant. */
const char *trunk_event_word(enum trunk_event_kind kind);
const char *trunk_health_word(enum trunk_health health); /* "unknown", "up", "down" */
const char *trunk_registration_word(enum trunk_registration registration);

/** Loads what is in @p store, which is borrowed. */
int trunk_list_create(struct store *store, struct trunk_list **list);
/** No line may be in use. NULL is allowed. */
void trunk_list_destroy(struct trunk_list *list);
void trunk_list_listen(struct trunk_list *list, struct trunk_listener *listener);
void trunk_list_unlisten(struct trunk_list *list, struct trunk_listener *listener);

/** @p settings have been checked. @return 0 and *trunk, borrowed; -EEXIST; -EINVAL: the name;
 *  -EUSERS: TRUNK_MOST; -ENOMEM; the store's. */
int trunk_list_add(struct trunk_list *list, const char *name,
                   const struct trunk_settings *settings, const char *password,
                   struct trunk **trunk);
/** @p password NULL: it stays. In force at once, for what begins from now on. */
int trunk_change(struct trunk *trunk, const struct trunk_settings *settings,
                 const char *password);
int trunk_delete(struct trunk *trunk);

/** NULL: there is none of that name. */
struct trunk *trunk_list_find(const struct trunk_list *list, const char *name);
/** The first whose name is above @p name in byte order; NULL: none is. */
struct trunk *trunk_list_above(const struct trunk_list *list, const char *name);

/** The enabled one in whose networks @p source is, the smallest network first; NULL: none. */
struct trunk *trunk_list_of_source(const struct trunk_list *list,
                                   const struct sockaddr *source);
/** The enabled one that is registered with this user part; NULL: none. */
struct trunk *trunk_list_of_contact(const struct trunk_list *list, const char *contact);

/** Whether it is enabled, and @p number may be dialled by it. */
bool trunk_may_dial(const struct trunk *trunk, const char *number);

/* ---- lines ---- */

/** @return 0; -EBUSY: all are in use. */
int trunk_take_line_in(struct trunk *trunk);

/**
 * A line to dial @p number, in E.164, for @p room: of the first trunk behind @p after (NULL: of
 * all) that may dial it, or the next, where one that is full lets calls overflow.
 *
 * @return 0 and *trunk; -ENOENT: no trunk may dial that; -EBUSY: all are full; -EUSERS: the
 * room has as many calls as it may; -EDQUOT: as many today; -ENOMEM.
 */
int trunk_list_take_line(struct trunk_list *list, const char *number, const char *room,
                         int64_t now_s, const struct trunk *after, struct trunk **trunk);
/** Writes what rooms have called today since the last time: not for each call, so that a
 * process that is killed may forget the last few; trunk_list_destroy() does it, too. */
void trunk_list_keep_counts(struct trunk_list *list);

/** @p room: of a line out. */
void trunk_give_line(struct trunk *trunk, bool is_out, const char *room);

/* ---- how it stands: told by server/sip ---- */

/** Whether calls can be made and come now, as far as it is known. */
bool trunk_is_up(const struct trunk *trunk);
/** The endpoints, after DNS was asked: what was known of their health stays. */
void trunk_set_endpoints(struct trunk *trunk, const struct trunk_endpoint *endpoints,
                         unsigned count);
void trunk_set_health(struct trunk *trunk, const char *uri, enum trunk_health health);
/** At the registrar @p uri. */
void trunk_set_registration(struct trunk *trunk, const char *uri,
                            enum trunk_registration registration, const char *detail);
/** The next endpoint for a call, not one of @p tried (by index). @return it; -1: none. */
int trunk_next_endpoint(const struct trunk *trunk, uint32_t tried, uint32_t random);

#endif
