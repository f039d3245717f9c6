/*
 * ban.h - who has guessed too often, and is not heard for a while.
 *
 *   if (ban_drops(list, source, now_ns)) ...forget the request unanswered...
 *   if (ban_note(list, source, now_ns)) ...one line in the log...
 *   while (ban_above(list, entry.address, now_ns, &entry)) ...      who is banned now
 *
 * A source has `most` wrong passwords a minute, regained steadily. Beyond half of them it is
 * slowed: every other new request is dropped, so that each try waits for a retransmission. At
 * none it is banned: all are.
 *
 * Shape    a source is an IPv4 address or an IPv6 /64. A full set of the table forgets who was
 *          quiet longest, banned ones last: no flood of sources makes it grow.
 * Thread   control; pure, time is given.
 */
#ifndef SERVER_CALL_BAN_H
#define SERVER_CALL_BAN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum { BAN_WINDOW_S = 60 };

struct ban_list;

/** @param most failures a minute, at least 1; @param ban_s how long; 0: nobody is banned.
 *  @return NULL: no memory. */
struct ban_list *ban_list_create(unsigned most, unsigned ban_s);
void ban_list_destroy(struct ban_list *list); /* NULL is allowed */

/** A failure of @p source. @return true if it is banned from now on. */
bool ban_note(struct ban_list *list, const struct sockaddr *source, int64_t now_ns);

/** Whether a new request of @p source is to be dropped. */
bool ban_drops(struct ban_list *list, const struct sockaddr *source, int64_t now_ns);

/** Whether @p source is banned: for those who answer, and whom a dropped request does not slow.
 */
bool ban_holds(struct ban_list *list, const struct sockaddr *source, int64_t now_ns);

/** The same of a source that has a name instead of an address, in a list that has no others:
 *  ban_above() and ban_lift() are for addresses. */
bool ban_note_name(struct ban_list *list, const char *name, int64_t now_ns);
bool ban_holds_name(struct ban_list *list, const char *name, int64_t now_ns);

/** A source that is banned. */
struct ban_entry {
    char address[INET6_ADDRSTRLEN]; /* the first one of an IPv6 /64 */
    unsigned prefix;                /* 32 or 64                     */
    int64_t until_ns;               /* monotonic                    */
};

/** The first that is banned above the address @p after ("": the first of all), IPv4 before
 * IPv6.
 *  @return false: none, or @p after is no address. */
bool ban_above(const struct ban_list *list, const char *after, int64_t now_ns,
               struct ban_entry *entry);

/** Forgives the source that has @p address. @return 0; -ENOENT: it is not banned; -EINVAL: no
 *  address. */
int ban_lift(struct ban_list *list, const char *address, int64_t now_ns);

#endif
