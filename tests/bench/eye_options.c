/* eye_options.c - getopt_long and a table of numbers. */
#include "tests/bench/eye_options.h"

#include "tests/bench/eye_clip.h"
#include "tests/bench/load_sip.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum word {
    SERVER = 1,
    MIRROR,
    ROOM,
    CACHE,
    KEEP,
    NAME,
    CODEC,
    WATCH_CODEC,
    PROFILE,
    MODE,
    SIZE,
    MATRIX,
    RANGE,
    NACK,
    LOSS,
    LOSS_SIDE,
    FAULT,
    GRID,
    TILES,
    BLIND,
    AVP,
    TABLE,
    JSON,
    MAKE_ONLY,
    HELP,
    NUMBERS = 100,
};

static const struct option words[] = {
    {"server", required_argument, NULL, SERVER},
    {"mirror", no_argument, NULL, MIRROR},
    {"room", required_argument, NULL, ROOM},
    {"cache", required_argument, NULL, CACHE},
    {"keep", required_argument, NULL, KEEP},
    {"name", required_argument, NULL, NAME},
    {"codec", required_argument, NULL, CODEC},
    {"watch-codec", required_argument, NULL, WATCH_CODEC},
    {"profile", required_argument, NULL, PROFILE},
    {"mode", required_argument, NULL, MODE},
    {"size", required_argument, NULL, SIZE},
    {"matrix", required_argument, NULL, MATRIX},
    {"range", required_argument, NULL, RANGE},
    {"nack", required_argument, NULL, NACK},
    {"loss", required_argument, NULL, LOSS},
    {"loss-side", required_argument, NULL, LOSS_SIDE},
    {"fault", required_argument, NULL, FAULT},
    {"grid", required_argument, NULL, GRID},
    {"tiles", required_argument, NULL, TILES},
    {"blind", no_argument, NULL, BLIND},
    {"avp", no_argument, NULL, AVP},
    {"table", no_argument, NULL, TABLE},
    {"json", no_argument, NULL, JSON},
    {"make-only", no_argument, NULL, MAKE_ONLY},
    {"help", no_argument, NULL, HELP},
};
enum { WORD_COUNT = sizeof(words) / sizeof(words[0]) };

struct number {
    const char *name;
    size_t place;
    unsigned least, most;
};

#define PLACE(field) offsetof(struct eye_options, field)
static const struct number numbers[] = {
    {"senders", PLACE(senders), 0, EYE_MARK_SENDERS},
    {"watchers", PLACE(watchers), 0, EYE_MAX_LEGS - EYE_MARK_SENDERS},
    {"first-id", PLACE(first_id), 0, EYE_MARK_SENDERS - 1},
    {"seconds", PLACE(seconds), 0, 86400},
    {"warm", PLACE(warm_ms), 0, 60000},
    {"join-stagger", PLACE(stagger_ms), 0, 60000},
    {"fps", PLACE(fps), 1, 60},
    {"kbps", PLACE(kbps), 50, 20000},
    {"burst", PLACE(burst), 1, 100},
    {"seed", PLACE(seed), 0, 1000000},
    {"talker", PLACE(talker), 0, EYE_NOBODY},
    {"watch", PLACE(watch), 1, 4194304},
};
enum { NUMBER_COUNT = sizeof(numbers) / sizeof(numbers[0]) };

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
    "  --table                 figures for a person on stderr, too\n";

static int fail(const char *option, const char *value, const char *allowed)
{
    fprintf(stderr, "bench-video: --%s %s: %s\n", option, value, allowed);
    return -EINVAL;
}

static int read_number(const struct number *number, const char *text,
                       struct eye_options *options)
{
    char *end, allowed[64];
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno || end == text || *end || value < number->least || value > number->most) {
        snprintf(allowed, sizeof(allowed), "%u to %u", number->least, number->most);
        return fail(number->name, text, allowed);
    }
    unsigned checked = (unsigned)value;
    memcpy((char *)options + number->place, &checked, sizeof(checked));
    return 0;
}

/* One of two words; true: the second. */
static int read_choice(const char *option, const char *value, const char *const choice[2],
                       bool *second)
{
    char allowed[64];
    if (strcmp(value, choice[0]) && strcmp(value, choice[1])) {
        snprintf(allowed, sizeof(allowed), "%s or %s", choice[0], choice[1]);
        return fail(option, value, allowed);
    }
    *second = !strcmp(value, choice[1]);
    return 0;
}

static int read_codec(const char *option, const char *value, enum eye_codec *codec)
{
    int found = eye_codec_by_option(value);
    if (found < 0)
        return fail(option, value, "h264, vp8 or vp9");
    *codec = (enum eye_codec)found;
    return 0;
}

static int read_size(const char *value, struct eye_options *options)
{
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

static int read_loss(const char *value, struct eye_options *options)
{
    char *end;
    double percent = strtod(value, &end);
    if (end == value || *end || !(percent >= 0 && percent <= 100))
        return fail("loss", value, "0 to 100 percent");
    options->loss_percent_100 = (unsigned)(percent * 100);
    return 0;
}

static int read_side(const char *value, struct eye_options *options)
{
    bool both = !strcmp(value, "both");
    options->loss_up = both || !strcmp(value, "up");
    options->loss_down = both || !strcmp(value, "down");
    return options->loss_up || options->loss_down ? 0
                                                  : fail("loss-side", value, "up, down, both");
}

static int read_tiles(const char *value, struct eye_look_plan *look)
{
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

static int read_grid(const char *value, struct eye_look_plan *look)
{
    bool fits = sscanf(value, "%ux%u", &look->columns, &look->rows) == 2 && look->columns &&
                look->rows && look->columns <= 8 && look->rows <= 8;
    return fits ? 0 : fail("grid", value, "1x1 to 8x8");
}

static int read_video_word(enum word which, const char *value, struct eye_options *options)
{
    int fault;
    switch (which) {
    case CODEC:
        return read_codec("codec", value, &options->codec);
    case WATCH_CODEC:
        return read_codec("watch-codec", value, &options->watch_codec);
    case PROFILE:
        return read_choice("profile", value, (const char *const[]){"baseline", "high"},
                           &options->high);
    case MODE:
        return read_choice("mode", value, (const char *const[]){"1", "0"}, &options->single);
    case SIZE:
        return read_size(value, options);
    case MATRIX:
        return read_choice("matrix", value, (const char *const[]){"601", "709"},
                           &options->bt709);
    case RANGE:
        return read_choice("range", value, (const char *const[]){"limited", "full"},
                           &options->full_range);
    case NACK:
        return read_choice("nack", value, (const char *const[]){"off", "on"}, &options->nack);
    case LOSS:
        return read_loss(value, options);
    case LOSS_SIDE:
        return read_side(value, options);
    case FAULT:
        fault = eye_fault_by_name(value);
        options->fault = (enum eye_fault)fault;
        return fault < 0 ? fail("fault", value, "see --help") : 0;
    case GRID:
        return read_grid(value, &options->look);
    case TILES:
        return read_tiles(value, &options->look);
    default:
        return -EINVAL;
    }
}

static int read_word(enum word which, const char *value, struct eye_options *options)
{
    switch (which) {
    case SERVER:
        return load_sip_read_address(value, &options->server)
                   ? fail("server", value, "an IPv4 address and a port, as 127.0.0.1:5060")
                   : 0;
    case MIRROR:
        options->mirror = true;
        return 0;
    case ROOM:
        options->room = value;
        return 0;
    case CACHE:
        options->cache = value;
        return 0;
    case KEEP:
        options->keep = value;
        return 0;
    case NAME:
        options->name = value;
        return strlen(value) < 16 ? 0 : fail("name", value, "up to 15 characters");
    case BLIND:
        options->senders_blind = true;
        return 0;
    case AVP:
        options->avp = true;
        return 0;
    case TABLE:
        options->table = true;
        return 0;
    case JSON: /* as it is anyway */
        return 0;
    case MAKE_ONLY:
        options->make_only = true;
        return 0;
    case HELP:
        fputs(help, stderr);
        return -EINVAL;
    default:
        return read_video_word(which, value, options);
    }
}

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
    if (options->first_id + options->senders > EYE_MARK_SENDERS)
        return fail("first-id", "", "there are 64 numbers for senders");
    return 0;
}

int eye_options_read(int argc, char **argv, struct eye_options *options)
{
    struct option known[WORD_COUNT + NUMBER_COUNT + 1] = {0};
    memcpy(known, words, sizeof(words));
    for (int i = 0; i < NUMBER_COUNT; i++)
        known[WORD_COUNT + i] =
            (struct option){numbers[i].name, required_argument, NULL, NUMBERS + i};
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
    for (int which; (which = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        int error = which >= NUMBERS && which < NUMBERS + NUMBER_COUNT
                        ? read_number(&numbers[which - NUMBERS], optarg, options)
                        : read_word((enum word)which, optarg, options);
        if (error)
            return error;
    }
    if (options->watch_codec == EYE_CODECS)
        options->watch_codec = options->codec;
    options->look.fps = options->fps;
    options->look.frames = options->fps * EYE_CLIP_SECONDS;
    return check(options);
}
