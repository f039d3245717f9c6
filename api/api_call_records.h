/*
 * api_call_records.h - what there was of each call, written once it has left a room.
 *
 *   api_call_records_note(api, event);      for each event of rooms
 *   api_call_records_prune(api);            once a minute
 *
 * One record for each stay in a room; one who was moved has another for each room, and what is
 * counted of its media is counted from the beginning of the call. Records are kept for
 * config.call_records_days, and no more than API_CALL_RECORDS_MOST.
 *
 * Thread   control.
 */
#ifndef API_API_CALL_RECORDS_H
#define API_API_CALL_RECORDS_H

#include "server/leg/leg.h"
#include "server/room/participant.h"
#include "server/room/room_event.h"

enum { API_CALL_RECORDS_MOST = 100000 };

struct api;

void api_call_records_note(struct api *api, const struct room_event *event);
void api_call_records_prune(struct api *api);

/** Of what was sent to us, lost and not recovered, 0..1. */
double api_voice_loss(const struct leg_stats *stats);
/** The mean opinion score of what we hear of it (voice_quality.h); @p codec may be NULL. */
double api_voice_mos(const struct leg_stats *stats, const char *codec);
/** The codec that it sends; NULL: none was agreed on. */
const char *api_voice_codec(const struct participant *participant);

#endif
