/* fuzz_telephone_event.c - any bytes as a run of RTP events: a digit is one of sixteen, told
 * once. */
#include "mixer/codec/telephone_event.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each step is one byte of RTP time and up to 4 of payload: the last one may be cut short. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct telephone_event_receiver receiver;
    memset(&receiver, 0, sizeof(receiver));
    uint32_t timestamp = 0;
    while (size > 1) {
        size_t length = size - 1 < TELEPHONE_EVENT_BYTES ? size - 1 : TELEPHONE_EVENT_BYTES;
        struct telephone_event event;
        int result = telephone_event_read(data + 1, length, &event);
        assert((result == 0) == (length == TELEPHONE_EVENT_BYTES));
        if (result < 0)
            return 0;
        uint8_t out[TELEPHONE_EVENT_BYTES];
        telephone_event_write(out, &event);
        assert(out[0] == data[1] && out[2] == data[3] && out[3] == data[4]);
        assert((out[1] | 0x40) == (data[2] | 0x40)); /* all but the reserved bit */
        timestamp += data[0] * 40U;
        char digit = 0, again;
        if (telephone_event_receive(&receiver, timestamp, &event, &digit)) {
            assert(digit && strchr("0123456789*#ABCD", digit));
            assert(telephone_event_of_digit(digit) == event.event);
            assert(!telephone_event_receive(&receiver, timestamp, &event, &again));
        }
        data += 1 + length;
        size -= 1 + length;
    }
    return 0;
}
