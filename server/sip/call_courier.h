/*
 * call_courier.h - a call of its own, with nothing in it but a file of the room, to a phone
 * that takes none in the call that it has: the usual way of RFC 5547.
 *
 *   if (call_courier_may(call)) ...its offers go by one (room_offer_news.own_call)...
 *   call_courier_look(call);        one waits, or is over
 *   call_courier_takes(call, handle, event, status, sip)     what the stack reports of it
 *
 * It goes to where the requests of the phone's call go, from the room, as any call of ours; one
 * at a time, with one file. Nobody is called whom the phone only names: it has to have called
 * from there, or been called. It rings as long as a call may; who does not answer, or refuses,
 * has declined. It ends with its file, and with the call that it is for. By trunks there is
 * none: what is behind a gateway is a telephone.
 *
 * Thread   control.
 * Owner    struct call_push has it. Who hears what becomes of the file may end the call, and
 *          with it the file, but never the courier: that goes with the stack's last word, or
 *          with the call's memory.
 * Source   RFC 5547 section 8; RFC 3261 sections 13, 15.
 */
#ifndef SERVER_SIP_CALL_COURIER_H
#define SERVER_SIP_CALL_COURIER_H

#include "server/sip/call.h"

struct call_courier;
struct call_file;

/** Whether such a call may be made (sip.file_calls), and where to is known. */
bool call_courier_may(const struct call *call);
/** Calls for what waits to go so; hangs up if its file is over. */
void call_courier_look(struct call *call);
/** The file that is on its way so. NULL: none. */
struct call_file *call_courier_file(const struct call *call);
/** @return true if the event is of this call. */
bool call_courier_takes(struct call *call, nua_handle_t *handle, nua_event_t event, int status,
                        const sip_t *sip);
/** The participant is going: hangs up. */
void call_courier_end(struct call *call);
void call_courier_destroy(struct call *call);

#endif
