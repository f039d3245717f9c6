/*
 * transport_record.h - when packets with a transport-wide sequence number came, until that has
 * been told to their sender.
 *
 *   transport_record_note(&record, number, arrival);        each that comes
 *   at += transport_record_write(&record, out, room, ..);   every 50 to 100 ms
 *
 * One that comes late, after it was told that it had not come, is told again, with those behind
 * it. A zeroed record is an empty one.
 *
 * Shape    arrival times are monotonic nanoseconds. At most RTCP_MAX_TRANSPORT are kept: older
 *          ones are not told. A message has less than 1,200 bytes.
 * Thread   one at a time; pure.
 * Source   draft-holmer-rmcat-transport-wide-cc-extensions-01; its header extension is a 16-bit
 *          number.
 */
#ifndef SERVER_RTP_TRANSPORT_RECORD_H
#define SERVER_RTP_TRANSPORT_RECORD_H

#include "server/rtp/rtcp_feedback.h"

struct transport_record {
    bool started;
    uint16_t first; /* the lowest that has not been told */
    unsigned count; /* from there                        */
    uint8_t number; /* of the next feedback              */
    /* by sequence modulo this, told ones too; 0: has not come */
    int64_t arrival_ns[RTCP_MAX_TRANSPORT];
};

void transport_record_note(struct transport_record *record, uint16_t sequence,
                           int64_t arrival_ns);
/** Writes the feedback for all that came since the last one; for those before a pause of more
 *  than 8 s, and at the next call for the others. @return bytes; 0: nothing to tell, or no room
 *  (then it is kept). */
size_t transport_record_write(struct transport_record *record, uint8_t *out, size_t room,
                              uint32_t own, uint32_t media);

#endif
