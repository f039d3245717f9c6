/* room_defaults.c - keys of the configuration, and what no key says. */
#include "server/room_defaults.h"

#include <stdio.h>

enum { LOBBY_TIMEOUT_S = 600, MAX_WAITING = 50 };

static struct room_video default_video(const struct conf *conf)
{
    struct room_video video = {
        .enabled = conf->rooms.video,
        .fps = conf->rooms.video_fps,
        .bitrate_kbps = conf->rooms.video_bitrate_kbps,
        .own_view = conf->rooms.video_own_view,
        .names = conf->rooms.video_names,
        .frame_talker = conf->rooms.video_frame_talker,
        .fill = conf->rooms.video_fill,
    };
    room_video_size_parse(conf->rooms.video_size, &video.width, &video.height);
    layout_kind_parse(conf->rooms.video_layout, &video.layout.kind);
    room_video_colour_parse(conf->rooms.video_ground, &video.ground);
    if (conf->rooms.video_background)
        snprintf(video.background, sizeof(video.background), "%s",
                 conf->rooms.video_background);
    if (conf->rooms.video_logo)
        snprintf(video.logo, sizeof(video.logo), "%s", conf->rooms.video_logo);
    return video;
}

struct room_settings room_defaults(const struct conf *conf)
{
    struct room_settings settings = {
        .max_participants = conf->rooms.max_participants,
        .loudest = conf->rooms.loudest,
        .level_voices = conf->rooms.level_voices,
        .suppress_noise = conf->rooms.suppress_noise,
        .pin_tries = conf->rooms.pin_tries,
        .pin_timeout_s = conf->rooms.pin_timeout_s,
        .announcements = conf->rooms.announcements,
        .language = LANGUAGE_DEFAULT,
        .allow_unmute = true,
        .lobby_timeout_s = LOBBY_TIMEOUT_S,
        .max_waiting = MAX_WAITING,
        .at_end = ROOM_AT_END_HANG_UP,
        .recording = ROOM_RECORDED_ON_REQUEST,
        .may_record = ROOM_RIGHT_MODERATORS,
        .menu = menu_default(),
        .video = default_video(conf),
    };
    if (conf->rooms.music)
        snprintf(settings.music, sizeof(settings.music), "%s", conf->rooms.music);
    room_setting_read("join_tone", conf->rooms.join_tone, &settings); /* conf has checked */
    room_setting_read("alone", conf->rooms.alone, &settings);
    return settings;
}
