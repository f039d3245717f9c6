/*
 * call_file.h - files of a room over MSRP, for a call that offers to send or to fetch one.
 *
 *   they offer:  call_files_answer(call, offer, &local);   offer_answer(...);
 *   we offer:    call_files_offer(call, &local);   offer_place(&session, &local);
 *                call_files_note_places(call, &local);   ...   call_files_accept(call, answer);
 *   both:        call_files_commit(call), or call_files_withdraw(call)
 *
 * A section that is sendonly brings a file: its place among the room's files is reserved, its
 * bytes go to disk on the thread of the connections, and are hashed there; when all have come
 * and the hash that was said is theirs, it is looked at and shared as any file. One that is cut
 * off, too long or not what was said is removed, and the last request is refused; but if its
 * size and hash were said, what has come of it stays for a while (files.upload_keep_s), and
 * goes on with an offer of the same from where it was cut off (a=file-range), or from its
 * begin. A section that is recvonly fetches one: the first of the room's that fits all that its
 * selector says is sent, from the byte on that a=file-range names. A name is only compared,
 * never a path.
 *
 * What may be is what may be by other ways: who_may_share, quotas, types, the scanner. Nothing
 * goes either way before the participant is in. CALL_FILES_MOST of a call at once; others are
 * refused (port 0).
 *
 * Thread   control.
 * Source   RFC 5547; RFC 4975.
 * Not done icons.
 */
#ifndef SERVER_SIP_CALL_FILE_H
#define SERVER_SIP_CALL_FILE_H

#include "server/room/room_event.h"
#include "server/sdp/offer.h"

struct call;
struct call_file;
struct ua;

enum { CALL_FILES_MOST = OFFER_MAX_MESSAGES - 1 };

/** Adds what we answer to the files in @p offer. */
void call_files_answer(struct call *call, const struct offer *offer, struct offer_local *local);
/** Adds what there is, and what is new of ours (call_push.h). */
void call_files_offer(const struct call *call, struct offer_local *local);
/** Where those that are new have come to stand. */
void call_files_note_places(struct call *call, const struct offer_local *local);
bool call_files_have_room(const struct call *call);
/** The answer to that: what it refuses ends with call_files_commit(). @return false: it has no
 * file. */
bool call_files_accept(struct call *call, const struct offer *answer);

void call_files_commit(struct call *call);
void call_files_withdraw(struct call *call);
/** Its participant is going. */
void call_files_end(struct call *call);

/** Who has come in may send and fetch. */
void call_files_on_room_event(struct ua *ua, const struct room_event *event);

#endif
