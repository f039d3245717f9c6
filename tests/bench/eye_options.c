/* eye_options.c - the table of options, and what goes together. */
#include "tests/bench/eye_options.h"

#include "tests/bench/eye_clip.h"
#include "tests/bench/load_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "bench-video: callers with cameras and screens. Figures go to stdout as one JSON object.\n"
    "  --server A.B.C.D:PORT   SIP over UDP; or --mirror: no server, each sees its own "
    "picture\n"
    "  --room NAME (eye)       --senders N (4)   --watchers M (0; they receive only)\n"
    "  --codec h264|vp8|vp9    of the senders (h264)    --watch-codec: of the watchers (the "
    "same)\n"
    "  --mode 0|1 (1)          --profile baseline|high  H.264: packetization mode, profile\n"
    "  --size 360p|720p|WxH    --fps N (30)  --kbps N (800)  --matrix 601|709  --range "
    "limited|full\n"
    "  --first-id N (0)        number of the first sender: its mark, colour and name\n"
    "  --name NAME (eye)       callers are NAME-s<id> and NAME-w<n>\n"
    "  --seconds S (20)        measured, 0: until SIGTERM   --warm MS (3000)  --join-stagger "
    "MS (50)\n"
    "  --talker N (0)          which sender speaks; 9999: nobody\n"
    "  --blind                 senders do not receive\n"
    "  --avp                   offer RTP/AVP instead of AVPF, as some phones do\n"
    "  --grid CxR | --tiles X,Y,W,H:...   the first watcher (or sender) decodes and reads its "
    "tiles\n"
    "  --keep FILE             what that leg receives, as IVF\n"
    "  --loss PERCENT --burst N --loss-side up|down|both (down)  --nack on|off (on)  --seed N\n"
    "  --fault NAME            of the first leg: garbage random truncated huge no-sets "
    "swapped\n"
    "                          fast flood pli-storm fir-storm nack-storm\n"
    "  --watch PID             measure CPU and memory of this process, too\n"
    "  --cache DIR --make-only clips are made there at first use; only make them\n"
    "  --lips                  the first sender's sound are pips, one for every 30th picture: "
    "how "
    "far\n"
    "                          apart they come out, by the server's reports; needs --grid or "
    "--tiles\n"
    "  --audio-delay MS --audio-jitter MS --video-delay MS  of what the first sender sends "
    "(0)\n"
    "  --table                 figures for a person on stderr, too\n";

static int fail(const char *option, const char *value, const char *allowed)
{
    return load_words_fail("bench-video", option, value, allowed);
}

static int read_codec_of(const char *option, const char *value, enum eye_codec *codec)
{
    int found = eye_codec_by_option(value);
    if (found < 0)
        return fail(option, value, "h264, vp8 or vp9");
    *codec = (enum eye_codec)found;
    return 0;
}

static int read_codec(const char *value, void *into)
{
    struct eye_options *options = into;
    return read_codec_of("codec", value, &options->codec);
}

static int read_watch_codec(const char *value, void *into)
{
    struct eye_options *options = into;
    return read_codec_of("watch-codec", value, &options->watch_codec);
}

static int read_size(const char *value, void *into)
{
    struct eye_options *options = into;
    static const struct {
        const char *name;
        unsigned width, height;
    } sizes[] = {
        {"180p", 320, 180}, {"360p", 640, 360}, {"720p", 1280, 720}, {"1080p", 1920, 1080}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        if (!strcmp(value, sizes[i].name)) {
            options->width = sizes[i].width;
            options->height = sizes[i].height;
            return 0;
        }
    if (sscanf(value, "%ux%u", &options->width, &options->height) != 2 || options->width % 2 ||
        options->height % 2 || options->width < 160 || options->height < 90 ||
        options->width > 4096 || options->height > 4096)
        return fail("size", value,
                    "360p, 720p, 1080p or WIDTHxHEIGHT, even, 160x90 to 4096x4096");
    return 0;
}

static int read_loss(const char *value, void *into)
{
    struct eye_options *options = into;
    char *end;
    double percent = strtod(value, &end);
    if (end == value || *end || !(percent >= 0 && percent <= 100))
        return fail("loss", value, "0 to 100 percent");
    options->loss_percent_100 = (unsigned)(percent * 100);
    return 0;
}

static int read_side(const char *value, void *into)
{
    struct eye_options *options = into;
    bool both = !strcmp(value, "both");
    options->loss_up = both || !strcmp(value, "up");
    options->loss_down = both || !strcmp(value, "down");
    return options->loss_up || options->loss_down ? 0
                                                  : fail("loss-side", value, "up, down, both");
}

static int read_tiles(const char *value, void *into)
{
    struct eye_look_plan *look = &((struct eye_options *)into)->look;
    for (look->count = 0; *value && look->count < EYE_LOOK_TILES; look->count++) {
        struct eye_rect *rect = &look->rect[look->count];
        int used = 0;
        if (sscanf(value, "%u,%u,%u,%u%n", &rect->x, &rect->y, &rect->width, &rect->height,
                   &used) != 4)
            return fail("tiles", value, "X,Y,WIDTH,HEIGHT:...");
        value += used;
        value += *value == ':';
    }
    return 0;
}

static int read_grid(const char *value, void *into)
{
    struct eye_look_plan *look = &((struct eye_options *)into)->look;
    bool fits = sscanf(value, "%ux%u", &look->columns, &look->rows) == 2 && look->columns &&
                look->rows && look->columns <= 8 && look->rows <= 8;
    return fits ? 0 : fail("grid", value, "1x1 to 8x8");
}

static int read_fault(const char *value, void *into)
{
    struct eye_options *options = into;
    int fault = eye_fault_by_name(value);
    options->fault = (enum eye_fault)fault;
    return fault < 0 ? fail("fault", value, "see --help") : 0;
}

static int read_name(const char *value, void *into)
{
    struct eye_options *options = into;
    options->name = value;
    return strlen(value) < 16 ? 0 : fail("name", value, "up to 15 characters");
}

#define PLACE(field) .place = offsetof(struct eye_options, field)
static const struct load_word words[] = {
    {"server", LOAD_WORD_SERVER, PLACE(server)},
    {"mirror", LOAD_WORD_FLAG, PLACE(mirror)},
    {"room", LOAD_WORD_TEXT, PLACE(room)},
    {"cache", LOAD_WORD_TEXT, PLACE(cache)},
    {"keep", LOAD_WORD_TEXT, PLACE(keep)},
    {"name", LOAD_WORD_OWN, .read = read_name},
    {"codec", LOAD_WORD_OWN, .read = read_codec},
    {"watch-codec", LOAD_WORD_OWN, .read = read_watch_codec},
    {"profile", LOAD_WORD_CHOICE, PLACE(high), .choice = {"baseline", "high"}},
    {"mode", LOAD_WORD_CHOICE, PLACE(single), .choice = {"1", "0"}},
    {"size", LOAD_WORD_OWN, .read = read_size},
    {"matrix", LOAD_WORD_CHOICE, PLACE(bt709), .choice = {"601", "709"}},
    {"range", LOAD_WORD_CHOICE, PLACE(full_range), .choice = {"limited", "full"}},
    {"nack", LOAD_WORD_CHOICE, PLACE(nack), .choice = {"off", "on"}},
    {"loss", LOAD_WORD_OWN, .read = read_loss},
    {"loss-side", LOAD_WORD_OWN, .read = read_side},
    {"fault", LOAD_WORD_OWN, .read = read_fault},
    {"grid", LOAD_WORD_OWN, .read = read_grid},
    {"tiles", LOAD_WORD_OWN, .read = read_tiles},
    {"blind", LOAD_WORD_FLAG, PLACE(senders_blind)},
    {"avp", LOAD_WORD_FLAG, PLACE(avp)},
    {"table", LOAD_WORD_FLAG, PLACE(table)},
    {"json", LOAD_WORD_FLAG, PLACE(json)},
    {"make-only", LOAD_WORD_FLAG, PLACE(make_only)},
    {"lips", LOAD_WORD_FLAG, PLACE(lips)},
    {"audio-delay", LOAD_WORD_COUNT, PLACE(audio_delay_ms), 0, 1000},
    {"audio-jitter", LOAD_WORD_COUNT, PLACE(audio_jitter_ms), 0, 1000},
    {"video-delay", LOAD_WORD_COUNT, PLACE(video_delay_ms), 0, 1000},
    {"senders", LOAD_WORD_COUNT, PLACE(senders), 0, EYE_MARK_SENDERS},
    {"watchers", LOAD_WORD_COUNT, PLACE(watchers), 0, EYE_MAX_LEGS - EYE_MARK_SENDERS},
    {"first-id", LOAD_WORD_COUNT, PLACE(first_id), 0, EYE_MARK_SENDERS - 1},
    {"seconds", LOAD_WORD_COUNT, PLACE(seconds), 0, 86400},
    {"warm", LOAD_WORD_COUNT, PLACE(warm_ms), 0, 60000},
    {"join-stagger", LOAD_WORD_COUNT, PLACE(stagger_ms), 0, 60000},
    {"fps", LOAD_WORD_COUNT, PLACE(fps), 1, 60},
    {"kbps", LOAD_WORD_COUNT, PLACE(kbps), 50, 20000},
    {"burst", LOAD_WORD_COUNT, PLACE(burst), 1, 100},
    {"seed", LOAD_WORD_COUNT, PLACE(seed), 0, 1000000},
    {"talker", LOAD_WORD_COUNT, PLACE(talker), 0, EYE_NOBODY},
    {"watch", LOAD_WORD_COUNT, PLACE(watch), 1, 4194304},
};

static int check(const struct eye_options *options)
{
    if (options->make_only)
        return 0;
    if (!options->server.sin_family == !options->mirror)
        return fail("server", "", "give either --server or --mirror");
    if (!options->senders && !options->watchers)
        return fail("senders", "0", "somebody has to call");
    if (options->mirror && options->watchers)
        return fail("watchers", "", "there is nothing to watch without a server");
    if (options->lips && !options->look.columns && !options->look.count)
        return fail("lips", "", "somebody has to look: give --grid or --tiles");
    if (options->first_id + options->senders > EYE_MARK_SENDERS)
        return fail("first-id", "", "there are 64 numbers for senders");
    return 0;
}

int eye_options_read(int argc, char **argv, struct eye_options *options)
{
    static const struct load_words line = {"bench-video", help, words,
                                           sizeof(words) / sizeof(words[0])};
    *options = (struct eye_options){
        .room = "eye",
        .name = "eye",
        .senders = 4,
        .seconds = 20,
        .warm_ms = 3000,
        .stagger_ms = 50,
        .codec = EYE_H264,
        .watch_codec = EYE_CODECS,
        .width = 640,
        .height = 360,
        .fps = 30,
        .kbps = 800,
        .nack = true,
        .burst = 1,
        .loss_down = true,
        .seed = 1,
    };
    const int error = load_words_read(&line, argc, argv, options);
    if (error)
        return error;
    if (options->watch_codec == EYE_CODECS)
        options->watch_codec = options->codec;
    options->look.fps = options->fps;
    options->look.frames = options->fps * EYE_CLIP_SECONDS;
    return check(options);
}
