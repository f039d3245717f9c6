/* leg_media.c - the media half as a whole: its kit, its parts, and which packet goes where. */
#include "server/leg/leg_media.h"

#include "mixer/base/check.h"
#include "server/leg/leg_receive.h"
#include "server/leg/leg_report.h"
#include "server/leg/leg_send.h"

#include <string.h>

struct leg_kit *leg_media_set_kit(struct leg_media *media, struct leg_kit *kit, int64_t now_ns)
{
    ASSERT_MEDIA();
    struct leg_kit *old = media->kit;
    bool fresh = kit->machine != NULL;
    if (!fresh) {
        assert(old);
        kit->machine = old->machine;
        old->machine = NULL;
    } else {
        media->asked_decoders = 0;
        memset(media->asked_paths, 0, sizeof(media->asked_paths));
    }
    media->kit = kit;
    const struct leg_plan *old_plan = old ? &old->plan : NULL;
    leg_receive_replan(media, old_plan, fresh, now_ns);
    leg_send_replan(media, fresh);
    leg_report_replan(media, old_plan, now_ns);
    return old;
}

bool leg_media_fit(struct leg_media *media, const struct leg_part *part)
{
    ASSERT_MEDIA();
    struct leg_machine *machine = media->kit->machine;
    if (part->is_decoder) {
        unsigned index = part->codec_index;
        if (index >= media->kit->plan.codec_count || machine->decoder[index] ||
            media->kit->plan.codec[index].codec != part->codec)
            return false;
        machine->decoder[index] = part->decoder;
        return true;
    }
    if (machine->path[part->from][part->to])
        return false;
    machine->path[part->from][part->to] = part->path;
    return true;
}

int leg_media_listen_rate(const struct leg_media *media)
{
    return pcm_rate_index(media->kit->plan.codec[0].codec->sample_rate_hz);
}

void leg_media_receive(struct leg_media *media, bool rtcp, const uint8_t *data, size_t length,
                       const struct sockaddr *from, int64_t arrival_ns)
{
    if (rtcp || (media->kit->plan.rtcp_mux && rtp_packet_is_rtcp(data, length)))
        leg_report_packet(media, data, length, from, arrival_ns);
    else
        leg_receive_packet(media, data, length, from, arrival_ns);
}

void leg_media_skip(struct leg_media *media, unsigned ticks, int64_t now_ns)
{
    const struct codec *sent = media->kit->plan.codec[0].codec;
    media->send.timestamp += ticks * (sent->rtp_clock_hz / PCM_TICKS_PER_S);
    leg_receive_skip(media, ticks, now_ns);
}
