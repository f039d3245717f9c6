/* telephone_event.c - DTMF as RTP events. */
#include "mixer/codec/telephone_event.h"

#include <errno.h>
#include <string.h>

enum {
    END = 0x80,
    VOLUME = 0x3f,
    VOLUME_SENT = 10, /* -dBm0 */
    END_PACKETS = 3,
    MAX_DURATION = 0xffff,
    LATE_UNITS = 5 * 48000, /* an event before the last one, at most so old, came late */
};

static const char digits[TELEPHONE_EVENT_DIGITS + 1] = "0123456789*#ABCD";

int telephone_event_read(const uint8_t *payload, size_t length, struct telephone_event *event)
{
    if (length < TELEPHONE_EVENT_BYTES)
        return -EBADMSG;
    *event = (struct telephone_event){
        .event = payload[0],
        .end = payload[1] & END,
        .volume = payload[1] & VOLUME,
        .duration = (uint16_t)(payload[2] << 8 | payload[3]),
    };
    return 0;
}

void telephone_event_write(uint8_t out[TELEPHONE_EVENT_BYTES],
                           const struct telephone_event *event)
{
    out[0] = event->event;
    out[1] = (uint8_t)((event->end ? END : 0) | (event->volume & VOLUME));
    out[2] = (uint8_t)(event->duration >> 8);
    out[3] = (uint8_t)event->duration;
}

char telephone_event_digit(unsigned event)
{
    return event < TELEPHONE_EVENT_DIGITS ? digits[event] : '\0';
}

int telephone_event_of_digit(char digit)
{
    if (digit >= 'a' && digit <= 'd')
        digit = (char)(digit - 'a' + 'A');
    const char *at = digit ? strchr(digits, digit) : NULL;
    return at ? (int)(at - digits) : -EINVAL;
}

/* ---- receiver ---- */

/* RFC 4733 section 2.5.1.3: an event too long for 16 bits goes on as a new segment, whose time
 * stamp is the old one plus the full duration. The last packets of the old one may be lost. */
static bool is_next_segment(const struct telephone_event_receiver *receiver, uint32_t timestamp,
                            const struct telephone_event *event)
{
    return event->event == receiver->event && timestamp - receiver->timestamp == MAX_DURATION &&
           receiver->duration > MAX_DURATION / 2;
}

static bool is_known(const struct telephone_event_receiver *receiver, uint32_t timestamp,
                     const struct telephone_event *event)
{
    if (!receiver->active)
        return false;
    if (timestamp == receiver->timestamp)
        return event->event == receiver->event;
    return receiver->timestamp - timestamp <= LATE_UNITS ||
           is_next_segment(receiver, timestamp, event);
}

bool telephone_event_receive(struct telephone_event_receiver *receiver, uint32_t timestamp,
                             const struct telephone_event *event, char *digit)
{
    if (is_known(receiver, timestamp, event)) {
        if (is_next_segment(receiver, timestamp, event)) {
            receiver->timestamp = timestamp;
            receiver->duration = event->duration;
        } else if (timestamp == receiver->timestamp && event->duration > receiver->duration) {
            receiver->duration = event->duration;
        }
        return false;
    }
    const char name = telephone_event_digit(event->event);
    *receiver = (struct telephone_event_receiver){.active = true,
                                                  .reported = name != '\0',
                                                  .timestamp = timestamp,
                                                  .event = event->event,
                                                  .duration = event->duration};
    if (name)
        *digit = name;
    return receiver->reported;
}

/* ---- sender ---- */

int telephone_event_send(struct telephone_event_sender *sender, char digit, uint32_t timestamp,
                         uint32_t total)
{
    int event = telephone_event_of_digit(digit);
    if (event < 0 || !total || total > MAX_DURATION)
        return -EINVAL;
    if (sender->active)
        return -EBUSY;
    *sender = (struct telephone_event_sender){.active = true,
                                              .event = (uint8_t)event,
                                              .ends_left = END_PACKETS,
                                              .first = true,
                                              .timestamp = timestamp,
                                              .total = total};
    return 0;
}

bool telephone_event_next(struct telephone_event_sender *sender, uint32_t step,
                          uint8_t payload[TELEPHONE_EVENT_BYTES], uint32_t *timestamp,
                          bool *marker)
{
    if (!sender->active)
        return false;
    const uint32_t left = sender->total - sender->duration;
    sender->duration += step < left ? step : left;
    const bool end = sender->duration == sender->total;
    telephone_event_write(payload,
                          &(struct telephone_event){.event = sender->event,
                                                    .end = end,
                                                    .volume = VOLUME_SENT,
                                                    .duration = (uint16_t)sender->duration});
    *timestamp = sender->timestamp;
    *marker = sender->first;
    sender->first = false;
    if (end && --sender->ends_left == 0)
        sender->active = false;
    return true;
}
