/* api_show.c - names and units of what is shown; openapi.yaml describes each. */
#include "api/api_show.h"

#include "api/api_settings.h"

#include "mixer/base/clock.h"
#include "server/leg/leg.h"
#include "server/room/room_recordings.h"

json_t *api_show_time(int64_t wall_ns)
{
    char text[CLOCK_TEXT_BYTES];
    if (!wall_ns)
        return json_null();
    clock_format(wall_ns, text);
    return json_string(text);
}

json_t *api_show_id(const struct participant *participant)
{
    return participant ? json_string(participant_info(participant)->id) : json_null();
}

const char *api_recording_word(const struct room *room)
{
    const struct room_recording *recording = room_recording_of(room);
    return recording ? room_recording_state_word(room_recording_info(recording)->state)
                     : "none";
}

/* [cores], as exact as it is of use. */
static json_t *show_cores(double cores)
{
    return json_real((double)(long)(cores * 100 + 0.5) / 100);
}

static json_t *show_cost(const struct room *room)
{
    double shared, own_view;
    if (!room_video_cost(room, &shared, &own_view))
        return json_null();
    return json_pack("{s:o, s:o}", "shared", show_cores(shared), "own_view",
                     show_cores(own_view));
}

static json_t *show_composition(const struct room *room)
{
    struct video_room_stats stats;
    if (!room_video_stats(room, &stats))
        return json_null();
    return json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:o}", "layout", stats.layout, "shown",
                     (int)stats.shown, "decoders", (int)stats.decoders, "encoders",
                     (int)stats.classes, "canvases", (int)stats.canvases, "fps", (int)stats.fps,
                     "load", show_cores(stats.load));
}

/* What changes from one moment to the next is in no event. */
static void show_video_now(const struct room *room, json_t *shown)
{
    json_t *video = json_object_get(shown, "video");
    json_object_set_new(video, "cost", show_cost(room));
    json_object_set_new(video, "now", show_composition(room));
}

json_t *api_show_room(const struct room *room, enum api_show show)
{
    json_t *shown = json_pack("{s:s}", "name", room_name(room));
    json_object_update_new(shown, api_settings_show(room_settings(room)));
    if (show != API_SHOW_SHORT)
        show_video_now(room, shown);
    json_object_set_new(shown, "persistent", json_boolean(room_is_persistent(room)));
    json_object_set_new(shown, "created_at", api_show_time(room_created_ns(room)));
    json_object_set_new(shown, "participants",
                        json_integer((json_int_t)room_participant_count(room)));
    json_object_set_new(shown, "ends_at", api_show_time(room_ends_ns(room)));
    json_object_set_new(shown, "waiting", json_integer((json_int_t)room_waiting_count(room)));
    json_object_set_new(shown, "speaker", api_show_id(room_speaker(room)));
    json_object_set_new(shown, "recording_now", json_string(api_recording_word(room)));
    json_object_set_new(shown, "presentation", api_show_presentation(room));
    return shown;
}

/* [ms] with three digits; NULL for what is not known (0). */
static json_t *show_us(uint32_t us)
{
    return json_real(us / 1000.0);
}

/* Never the keys. */
static json_t *show_security(const struct rtp_security *security)
{
    const enum rtp_suite suite = security->send.suite;
    return json_pack("{s:s, s:s?}", "media", rtp_security_word(security->kind), "suite",
                     suite ? rtp_suite_row(suite)->name : NULL);
}

static json_t *show_codecs(const struct leg_plan *plan)
{
    json_t *names = json_array();
    for (unsigned i = 0; i < plan->codec_count; i++)
        json_array_append_new(names, json_string(plan->codec[i].codec->name));
    return names;
}

static json_t *show_plan(const struct leg_plan *plan)
{
    if (!plan || !plan->codec_count)
        return json_pack("{s:n, s:[], s:n, s:b, s:b, s:b}", "send_codec", "receive_codecs",
                         "ptime_ms", "sends", 0, "receives", 0, "dtmf", 0);
    return json_pack("{s:s, s:o, s:i, s:b, s:b, s:b}", "send_codec", plan->codec[0].codec->name,
                     "receive_codecs", show_codecs(plan), "ptime_ms", (int)plan->ptime_ms,
                     "sends", plan->send, "receives", plan->receive, "dtmf",
                     plan->event_count > 0);
}

static json_t *show_received(const struct leg_stats *stats)
{
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:i, "
        "s:i, s:i, s:i}",
        "packets_received", (json_int_t)stats->packets_received, "octets_received",
        (json_int_t)stats->octets_received, "packets_lost", (json_int_t)stats->packets_lost,
        "packets_late", (json_int_t)stats->packets_late, "packets_duplicate",
        (json_int_t)stats->packets_duplicate, "packets_overflowed",
        (json_int_t)stats->packets_overflowed, "packets_refused",
        (json_int_t)stats->packets_refused, "packets_malformed",
        (json_int_t)stats->packets_malformed, "packets_unauthentic",
        (json_int_t)stats->packets_unauthentic, "concealed_ms", (json_int_t)stats->concealed_ms,
        "recovered_ms", (json_int_t)stats->recovered_ms, "shortened_ms",
        (json_int_t)stats->shortened_ms, "lengthened_ms", (json_int_t)stats->lengthened_ms,
        "rtcp_received", (json_int_t)stats->rtcp_received, "jitter_ms",
        show_us(stats->jitter_us), "buffer_ms", (int)stats->buffer_ms, "delay_ms",
        (int)stats->delay_ms, "target_ms", (int)stats->target_ms, "level_dbov",
        -(int)stats->level);
}

static json_t *show_sent(const struct leg_stats *stats)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "packets_sent", (json_int_t)stats->packets_sent,
                     "octets_sent", (json_int_t)stats->octets_sent, "send_errors",
                     (json_int_t)stats->send_errors, "rtcp_sent", (json_int_t)stats->rtcp_sent);
}

static json_t *show_far_end(const struct leg_stats *stats)
{
    if (!stats->has_far)
        return json_null();
    return json_pack("{s:I, s:f, s:o}", "packets_lost", (json_int_t)stats->far_lost,
                     "fraction_lost", stats->far_fraction_lost / 256.0, "jitter_ms",
                     show_us(stats->far_jitter_us));
}

static json_t *show_silence(const struct leg_stats *stats)
{
    if (!stats->last_media_ns)
        return json_null();
    int64_t ns = clock_monotonic_ns() - stats->last_media_ns;
    return json_integer(ns < 0 ? 0 : ns / CLOCK_NS_PER_MS);
}

static json_t *show_media(const struct leg *leg)
{
    struct leg_stats stats;
    leg_stats_read(leg, &stats);
    json_t *media = show_plan(leg_plan(leg));
    json_object_update_new(media, show_received(&stats));
    json_object_update_new(media, show_sent(&stats));
    json_object_set_new(media, "last_packet_ms_ago", show_silence(&stats));
    json_object_set_new(media, "round_trip_ms",
                        stats.round_trip_us ? show_us(stats.round_trip_us) : json_null());
    json_object_set_new(media, "far_end", show_far_end(&stats));
    return media;
}

/* ---- its video ---- */

static json_t *show_video_received(const struct video_leg_stats *stats)
{
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
        "s:o}",
        "packets_received", (json_int_t)stats->packets_received, "octets_received",
        (json_int_t)stats->octets_received, "packets_lost", (json_int_t)stats->packets_lost,
        "packets_late", (json_int_t)stats->packets_late, "packets_duplicate",
        (json_int_t)stats->packets_duplicate, "packets_refused",
        (json_int_t)stats->packets_refused, "packets_malformed",
        (json_int_t)stats->packets_malformed, "packets_unauthentic",
        (json_int_t)stats->packets_unauthentic, "packets_recovered",
        (json_int_t)stats->packets_recovered, "nacks_sent", (json_int_t)stats->nacks_sent,
        "key_requests_sent", (json_int_t)stats->key_requests_sent, "frames_received",
        (json_int_t)stats->frames_received, "frames_decoded", (json_int_t)stats->frames_decoded,
        "frames_broken", (json_int_t)stats->frames_broken, "frames_refused",
        (json_int_t)stats->frames_refused, "frozen_ms", (json_int_t)stats->frozen_ms,
        "asked_kbps", (json_int_t)stats->asked_bps / 1000, "jitter_ms",
        show_us(stats->jitter_us));
}

static json_t *show_video_sent(const struct video_leg_stats *stats)
{
    return json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:o, s:i}", "packets_sent",
        (json_int_t)stats->packets_sent, "octets_sent", (json_int_t)stats->octets_sent,
        "packets_resent", (json_int_t)stats->packets_resent, "nacks_received",
        (json_int_t)stats->nacks_received, "key_requests_received",
        (json_int_t)stats->key_requests_received, "frames_sent", (json_int_t)stats->frames_sent,
        "key_frames_sent", (json_int_t)stats->key_frames_sent, "bandwidth_kbps",
        (json_int_t)stats->bandwidth_bps / 1000, "far_fraction_lost",
        stats->far_fraction_lost / 256.0, "round_trip_ms",
        stats->round_trip_us ? show_us(stats->round_trip_us) : json_null(), "skew_ms",
        (int)stats->skew_ms);
}

static json_t *show_video_media(const struct video_leg_stats *stats)
{
    json_t *media = show_video_received(stats);
    json_object_update_new(media, show_video_sent(stats));
    return media;
}

static json_t *show_picture(const struct participant *participant, enum video_stream stream,
                            const struct video_leg_stats *stats)
{
    const struct participant_info *info = participant_info(participant);
    const struct video_plan *plan = participant_video_plan(participant, stream);
    return json_pack("{s:s?, s:b, s:b, s:b, s:s?, s:i, s:i, s:i, s:s?, s:i, s:i, s:i, s:i}",
                     "refused", participant_video_refusal_word(info->video_refusal), "sending",
                     plan && plan->receive, "receiving", plan && plan->send, "showing",
                     info->showing[stream], "codec", stats->codec_received, "width",
                     (int)stats->width, "height", (int)stats->height, "fps", (int)stats->fps,
                     "sent_codec", stats->codec_sent, "sent_width", (int)stats->sent_width,
                     "sent_height", (int)stats->sent_height, "sent_fps", (int)stats->sent_fps,
                     "sent_kbps", (int)(stats->sent_bps / 1000));
}

static json_t *show_video(const struct participant *participant, enum video_stream stream,
                          enum api_show show)
{
    const struct participant_info *info = participant_info(participant);
    const struct video_leg *leg = participant_video(participant, stream);
    const struct video_plan *plan = participant_video_plan(participant, stream);
    struct video_leg_stats stats = {0};
    if (!plan && (stream != VIDEO_CAMERA || !info->video_refusal))
        return json_null();
    if (leg)
        video_leg_stats_read(leg, &stats);
    json_t *shown = show_picture(participant, stream, &stats);
    static const struct rtp_security plain;
    if (shown)
        json_object_set_new(shown, "security", show_security(plan ? &plan->security : &plain));
    if (shown && show == API_SHOW_WITH_MEDIA)
        json_object_set_new(shown, "media", leg ? show_video_media(&stats) : json_null());
    return shown;
}

/* ---- the participant ---- */

static json_t *show_choice(enum participant_choice choice)
{
    return choice == PARTICIPANT_AS_ROOM ? json_null() : json_boolean(choice == PARTICIPANT_ON);
}

static json_t *show_circles(struct room_circle_names names)
{
    json_t *shown = json_array();
    for (unsigned i = 0; i < names.count; i++)
        json_array_append_new(shown, json_string(names.name[i]));
    return shown;
}

/* How it stands in the mix. */
static json_t *show_stand(const struct participant *participant)
{
    const struct participant_info *info = participant_info(participant);
    return json_pack("{s:b, s:b, s:b, s:f, s:f, s:o, s:o, s:i, s:o, s:o}", "muted", info->muted,
                     "hard_muted", info->hard_muted, "deafened", info->deafened, "volume_in_db",
                     info->volume_in_db, "volume_out_db", info->volume_out_db, "level_voice",
                     show_choice(info->level_voice), "suppress_noise",
                     show_choice(info->suppress_noise), "place", info->place, "says",
                     show_circles(participant_says(participant)), "hears",
                     show_circles(participant_hears(participant)));
}

/* How it is shown to the others. */
static json_t *show_look(const struct participant *participant, enum api_show show)
{
    const struct participant_info *info = participant_info(participant);
    return json_pack("{s:b, s:b, s:b, s:i, s:b, s:o, s:o}", "video_muted", info->video_muted,
                     "presents", info->presents, "hidden", info->hidden, "pinned",
                     (int)info->pinned, "avatar", participant_avatar(participant) != NULL,
                     "video", show_video(participant, VIDEO_CAMERA, show), "slides",
                     show_video(participant, VIDEO_SLIDES, show));
}

json_t *api_show_attributes(const struct attributes *attributes)
{
    json_t *shown = json_object();
    for (unsigned i = 0; attributes && i < attributes->count; i++)
        json_object_set_new(shown, attributes->attribute[i].name,
                            json_string(attributes->attribute[i].value));
    return shown;
}

static const char *files_word(enum participant_files files)
{
    static const char *const words[] = {[PARTICIPANT_FILES_NEVER] = "no",
                                        [PARTICIPANT_FILES_PERHAPS] = "perhaps",
                                        [PARTICIPANT_FILES_TAKEN] = "yes"};
    return words[files];
}

json_t *api_show_participant(const struct participant *participant, enum api_show show)
{
    const struct participant_info *info = participant_info(participant);
    json_t *shown = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:b, s:o, s:o}", "id",
        info->id, "room", room_name(participant_room(participant)), "display_name",
        info->display_name, "uri", info->uri, "direction", info->dialled_out ? "out" : "in",
        "state", participant_state_word(info->state), "role", participant_role_word(info->role),
        "admitted", !participant_is_waiting(participant), "early_media", info->early_media,
        "on_hold", info->on_hold, "talking", info->talking, "hand_raised", info->hand_raised,
        "typing", info->typing, "created_at", api_show_time(info->created_ns), "joined_at",
        api_show_time(info->joined_ns));
    if (shown)
        json_object_set_new(shown, "attributes",
                            api_show_attributes(participant_attributes(participant)));
    if (shown)
        json_object_update_new(shown, show_stand(participant));
    if (shown)
        json_object_update_new(shown, show_look(participant, show));
    if (shown)
        json_object_set_new(shown, "takes_files",
                            json_string(files_word(participant_takes_files(participant))));
    static const struct rtp_security plain;
    const struct leg *leg = participant_leg(participant);
    const struct leg_plan *plan = leg ? leg_plan(leg) : NULL;
    if (shown)
        json_object_set_new(shown, "security", show_security(plan ? &plan->security : &plain));
    if (!shown || show == API_SHOW_SHORT)
        return shown;
    json_object_set_new(shown, "media", leg ? show_media(leg) : json_null());
    return shown;
}

json_t *api_show_play(const struct room_play *play)
{
    const struct room_play_info *info = room_play_info(play);
    unsigned length_ms = room_play_length_ms(play);
    json_t *shown = json_pack(
        "{s:s, s:s, s:n, s:n, s:n, s:n, s:b, s:b, s:o, s:b, s:b, s:f, s:s, s:i, s:o, s:o}",
        "id", info->id, "room", room_name(room_play_room(play)), "file", "prompt", "url",
        "room_file", "music", info->is_music, "pictures", room_play_has_pictures(play),
        "participant", api_show_id(info->participant), "loop", info->loop, "over_mix",
        info->over_mix, "volume_db", info->volume_db, "state",
        room_play_state_word(info->state), "position_ms", (int)room_play_position_ms(play),
        "length_ms", length_ms ? json_integer(length_ms) : json_null(), "created_at",
        api_show_time(info->created_ns));
    json_object_set_new(shown, room_sound_word(info->kind), json_string(info->name));
    return shown;
}

/* ---- the chat ---- */

/* An id of a participant, or null. */
static json_t *show_party_id(const char *id)
{
    return id[0] ? json_string(id) : json_null();
}

static json_t *show_outcome(const struct chat_outcome *outcome)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:i}", "pending", (int)outcome->pending, "delivered",
                     (int)outcome->delivered, "refused", (int)outcome->refused, "timed_out",
                     (int)outcome->timed_out, "unreachable", (int)outcome->unreachable);
}

json_t *api_show_message(const struct chat_message *message, enum api_show_to to)
{
    char id[CHAT_ID_TEXT_BYTES];
    chat_id_write(message->id, id);
    json_t *from = json_pack("{s:o, s:s}", "participant", show_party_id(message->from_id),
                             "display_name", message->from_name);
    json_t *receiver = message->to_id[0]
                           ? json_pack("{s:s, s:s}", "participant", message->to_id,
                                       "display_name", message->to_name)
                           : json_null();
    json_t *shown = json_pack("{s:s, s:o, s:s, s:o, s:o, s:s, s:b}", "id", id, "time",
                              api_show_time(message->time_ns), "origin",
                              chat_origin_word(message->origin), "from", from, "to", receiver,
                              "text", message->text, "deleted", message->is_deleted);
    if (!shown || to == API_SHOW_TO_GUEST)
        return shown;
    json_object_set_new(from, "uri", json_string(message->from_uri));
    json_object_set_new(shown, "outcome", show_outcome(&message->outcome));
    return shown;
}

/* ---- files ---- */

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

json_t *api_show_file(const struct api_links *links, const struct room_file *file)
{
    char content[API_LINK_BYTES];
    const struct room_file_info *info = room_file_info(file);
    json_t *shown =
        json_pack("{s:s, s:s, s:s, s:I, s:s, s:s?, s:s?, s:o, s:o}", "id", info->id, "name",
                  info->name, "type", info->type, "bytes", (json_int_t)info->bytes, "sha256",
                  info->sha256, "shared_by", or_null(info->sharer), "shared_by_id",
                  or_null(info->sharer_id), "created_at", api_show_time(info->created_ns),
                  "expires_at", api_show_time(info->expires_ns));
    api_links_write(
        links,
        &(struct api_link_target){API_LINK_FILE, room_name(room_file_room(file)), info->id},
        clock_wall_ns(), content);
    if (shown)
        json_object_set_new(shown, "content", json_string(content));
    return shown;
}

json_t *api_show_file_offer(const struct room_offer *offer)
{
    const struct room_offer_info *info = room_offer_info(offer);
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:i, s:b, s:s, s:s, s:s, s:s, s:o, s:o}", "id",
                     info->id, "file", info->file_id, "name", info->name, "bytes",
                     (json_int_t)info->bytes, "sent_bytes", (json_int_t)info->sent_bytes,
                     "tries", (int)info->tries, "own_call", info->own_call, "participant",
                     info->participant_id, "display_name", info->participant_name, "state",
                     room_offer_word(info->state), "detail", info->detail, "created_at",
                     api_show_time(info->created_ns), "ended_at", api_show_time(info->over_ns));
}

json_t *api_show_presentation(const struct room *room)
{
    const struct room_presentation_info *info = room_presentation(room);
    if (!info)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:i, s:o, s:s?}", "file", info->file, "name", info->name,
                     "state", room_presentation_state_word(info->state), "page",
                     (int)info->page, "pages",
                     info->pages ? json_integer(info->pages) : json_null(), "presenter",
                     or_null(info->presenter));
}

json_t *api_show_upload(const struct room_file *file)
{
    const struct room_file_info *info = room_file_info(file);
    return json_pack("{s:s, s:s, s:I, s:I, s:o, s:o}", "id", info->id, "name", info->name,
                     "bytes", (json_int_t)info->bytes, "offset", (json_int_t)info->offset,
                     "created_at", api_show_time(info->created_ns), "expires_at",
                     api_show_time(info->expires_ns));
}
