/* extmap.c - a=extmap lines: read, answered, offered, remembered. */
#include "server/sdp/extmap.h"

#include <string.h>

static const char *const uris[EXTMAP_KINDS] = {
    [EXTMAP_LEVEL] = "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    [EXTMAP_MIXED_LEVELS] = "urn:ietf:params:rtp-hdrext:csrc-audio-level",
    [EXTMAP_TRANSPORT] =
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    [EXTMAP_MID] = "urn:ietf:params:rtp-hdrext:sdes:mid",
};

static bool has(enum extmap_medium medium, unsigned kind)
{
    return ((unsigned)medium >> kind & 1) != 0;
}

/* ---- reading ---- */

/* "1 urn:...", "1/sendonly urn:... vad=on": what follows the URI is the extension's own. */
static bool read_line(struct slice value, struct extmap_line *line, struct slice *uri)
{
    struct slice head, number;
    unsigned long id;
    *line = (struct extmap_line){.direction = MEDIA_SENDRECV};
    if (!slice_next_word(&value, ' ', &head) || !slice_next_word(&value, ' ', uri))
        return false;
    const char *start = head.at;
    if (!slice_next_word(&head, '/', &number) || number.at != start ||
        !slice_number(number, EXTMAP_MAX_ID, &id) || id == 0)
        return false;
    line->id = (uint8_t)id;
    line->says_direction = head.length > 0;
    if (!line->says_direction)
        return true;
    struct slice word = {head.at + 1, head.length - 1};
    return media_direction_read(word, &line->direction);
}

static void read_lines(enum extmap_medium medium, struct slice lines, unsigned *ids_seen,
                       struct extmap *theirs)
{
    char type;
    struct slice text, value, uri;
    struct extmap_line line;
    while (slice_next_line(&lines, &type, &text)) {
        if (type != 'a' || !slice_is_attribute(text, "extmap", &value) ||
            !read_line(value, &line, &uri) || (*ids_seen & (1U << line.id)))
            continue;
        *ids_seen |= 1U << line.id;
        for (unsigned kind = 0; kind < EXTMAP_KINDS; kind++) {
            if (has(medium, kind) && !theirs->line[kind].id && slice_equals(uri, uris[kind]))
                theirs->line[kind] = line;
        }
    }
}

void extmap_read(enum extmap_medium medium, struct slice section, struct slice session,
                 struct extmap *theirs)
{
    unsigned ids_seen = 0;
    *theirs = (struct extmap){.line = {{.id = 0}}};
    read_lines(medium, section, &ids_seen, theirs);
    read_lines(medium, session, &ids_seen, theirs);
}

/* ---- offer and answer ---- */

/* The far end's own level comes to us; the levels of the mix go to it; numbers go with whatever
 * is sent. */
static bool is_useful(unsigned kind, enum media_direction ours)
{
    bool hears = media_direction_hears(ours), sends = media_direction_sends(ours);
    return kind == EXTMAP_LEVEL ? hears : kind == EXTMAP_MIXED_LEVELS ? sends : hears || sends;
}

void extmap_answer(const struct extmap_known *known, const struct extmap *theirs,
                   struct extmap *ours)
{
    *ours = *theirs;
    for (unsigned kind = 0; kind < EXTMAP_KINDS; kind++) {
        struct extmap_line *line = &ours->line[kind];
        unsigned meaning = known->meaning[line->id];
        bool is_inactive = line->direction == MEDIA_INACTIVE;
        line->direction = media_direction_turn(line->direction, MEDIA_SENDRECV);
        if ((meaning && meaning != kind + 1) ||
            (!is_inactive && !is_useful(kind, line->direction)))
            line->id = 0;
    }
}

void extmap_name(struct extmap *ours, const char *mid, struct rtp_mid *name)
{
    const size_t length = strlen(mid);
    if (!length || length >= sizeof(name->name))
        ours->line[EXTMAP_MID].id = 0;
    memset(name, 0, sizeof(*name));
    name->id = extmap_used(ours, EXTMAP_MID);
    if (name->id)
        memcpy(name->name, mid, length);
}

static bool is_free(const struct extmap_known *known, const struct extmap *ours, unsigned id)
{
    bool is_listed = false;
    for (unsigned kind = 0; kind < EXTMAP_KINDS; kind++)
        is_listed = is_listed || ours->line[kind].id == id;
    return !known->meaning[id] && !is_listed;
}

void extmap_offer(enum extmap_medium medium, const struct extmap_known *known,
                  struct extmap *ours)
{
    *ours = (struct extmap){.line = {{.id = 0}}};
    for (unsigned kind = 0; kind < EXTMAP_KINDS; kind++)
        ours->line[kind].id = kind == EXTMAP_MID ? 0 : known->id[kind];
    for (unsigned kind = 0; kind < EXTMAP_KINDS; kind++) {
        struct extmap_line *line = &ours->line[kind];
        if (!has(medium, kind) || kind == EXTMAP_MID)
            continue;
        if (!line->id && is_free(known, ours, kind + 1))
            line->id = (uint8_t)(kind + 1);
        for (unsigned id = 1; !line->id && id <= EXTMAP_MAX_ID; id++)
            line->id = is_free(known, ours, id) ? (uint8_t)id : 0;
    }
}

void extmap_accept(const struct extmap *ours, const struct extmap *theirs,
                   struct extmap *agreed)
{
    *agreed = *ours;
    for (unsigned kind = 0; kind < EXTMAP_KINDS; kind++) {
        struct extmap_line *line = &agreed->line[kind];
        const struct extmap_line *answer = &theirs->line[kind];
        line->direction = media_direction_turn(answer->direction, line->direction);
        if (answer->id != line->id)
            line->id = 0;
    }
}

void extmap_remember(struct extmap_known *known, const struct extmap *agreed)
{
    for (unsigned kind = 0; kind < EXTMAP_KINDS; kind++) {
        uint8_t id = agreed->line[kind].id;
        if (!id)
            continue;
        known->meaning[id] = (uint8_t)(kind + 1);
        known->id[kind] = id;
    }
}

uint8_t extmap_used(const struct extmap *agreed, enum extmap_kind kind)
{
    const struct extmap_line *line = &agreed->line[kind];
    return is_useful(kind, line->direction) ? line->id : 0;
}

/* ---- writing ---- */

void extmap_write(const struct extmap *ours, struct text *text)
{
    for (unsigned kind = 0; kind < EXTMAP_KINDS; kind++) {
        const struct extmap_line *line = &ours->line[kind];
        if (!line->id)
            continue;
        text_add(text, "a=extmap:%u", line->id);
        if (line->says_direction)
            text_add(text, "/%s", media_direction_word(line->direction));
        text_add(text, " %s\r\n", uris[kind]);
    }
}
