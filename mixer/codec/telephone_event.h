/*
 * telephone_event.h - DTMF as RTP events: the 4-byte payload, one event heard once, one event
 * sent.
 *
 * Thread   a receiver or sender belongs to one leg and its media worker; no function allocates.
 * Source   RFC 4733 sections 2.3 (payload), 2.5.1.2 (sending: every packet again with a longer
 *          duration, the last one three times), 2.5.2.2 (receiving).
 */
#ifndef MIXER_CODEC_TELEPHONE_EVENT_H
#define MIXER_CODEC_TELEPHONE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TELEPHONE_EVENT_BYTES = 4, TELEPHONE_EVENT_DIGITS = 16 };

struct telephone_event {
    uint8_t event; /* 0-9, 10 '*', 11 '#', 12-15 A-D */
    bool end;
    uint8_t volume;    /* -dBm0, 0..63                   */
    uint16_t duration; /* [RTP clock units]              */
};

/** @return 0, or -EBADMSG if @p length is below 4. */
int telephone_event_read(const uint8_t *payload, size_t length, struct telephone_event *event);
void telephone_event_write(uint8_t out[TELEPHONE_EVENT_BYTES],
                           const struct telephone_event *event);

/** '0'..'9' '*' '#' 'A'..'D' for 0..15, NUL for others; and back, -EINVAL for others. */
char telephone_event_digit(unsigned event);
int telephone_event_of_digit(char digit);

/** Hears each event once, however many packets carry it. Zeroed before first use. */
struct telephone_event_receiver {
    bool active; /* an event is running, or the last one has ended but may be repeated */
    bool reported;
    uint32_t timestamp; /* RTP time stamp of that event: the same in all of its packets       */
    uint8_t event;
    uint16_t duration;
};

/**
 * Takes one packet. A digit is reported at its first packet seen, with whatever came lost.
 *
 * @return true if this packet begins a digit that was not reported before; *digit is set.
 */
bool telephone_event_receive(struct telephone_event_receiver *receiver, uint32_t timestamp,
                             const struct telephone_event *event, char *digit);

/** Sends one event. Zeroed: nothing to send. */
struct telephone_event_sender {
    bool active;
    uint8_t event;
    uint8_t ends_left;  /* the last packet goes out three times                    */
    bool first;         /* the next packet is the first: RTP marker bit            */
    uint32_t timestamp; /* RTP time stamp of the event's begin, on all its packets */
    uint32_t duration;  /* so far      [RTP clock units]                           */
    uint32_t total;     /* planned     [RTP clock units]                           */
};

/** Begins a digit at RTP time @p timestamp, @p total clock units long (at most 0xffff).
 *  @return 0; -EBUSY while one is being sent; -EINVAL if it is no digit. */
int telephone_event_send(struct telephone_event_sender *sender, char digit, uint32_t timestamp,
                         uint32_t total);

/**
 * The next packet of the running event, @p step clock units after the one before.
 *
 * @return true: @p payload is to be sent with RTP time stamp *timestamp and *marker;
 *         false: no event is running.
 */
bool telephone_event_next(struct telephone_event_sender *sender, uint32_t step,
                          uint8_t payload[TELEPHONE_EVENT_BYTES], uint32_t *timestamp,
                          bool *marker);

#endif
