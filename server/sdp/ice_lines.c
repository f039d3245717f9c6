/* ice_lines.c - what SDP says of ICE. */
#include "server/sdp/ice_lines.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* Which of a level's lines have been seen. */
struct seen {
    bool ufrag, password;
};

static void read_options(struct slice value, struct ice_lines *theirs)
{
    struct slice word;
    while (slice_next_word(&value, ' ', &word)) {
        theirs->can_trickle |= slice_equals(word, "trickle");
        theirs->is_ice2 |= slice_equals(word, "ice2");
        theirs->can_renominate |= slice_equals(word, "renomination");
    }
}

/* The first of a level counts. One that is too long leaves an empty text, which is malformed.
 */
static void read_text(struct slice value, bool *seen, char *out, size_t room)
{
    if (!*seen && !slice_copy(value, out, room))
        out[0] = '\0';
    *seen = true;
}

static void read_line(struct slice line, bool wants_credentials, struct seen *seen,
                      struct ice_lines *theirs)
{
    struct ice_credentials *credentials = &theirs->credentials;
    struct slice value;
    if (slice_is_attribute(line, "candidate", &value)) {
        ice_candidates_add(&theirs->candidates, line.at, line.length);
    } else if (slice_is_attribute(line, "ice-ufrag", &value)) {
        if (wants_credentials)
            read_text(value, &seen->ufrag, credentials->ufrag, sizeof(credentials->ufrag));
    } else if (slice_is_attribute(line, "ice-pwd", &value)) {
        if (wants_credentials)
            read_text(value, &seen->password, credentials->password,
                      sizeof(credentials->password));
    } else if (slice_is_attribute(line, "ice-options", &value)) {
        read_options(value, theirs);
    } else if (slice_is_attribute(line, "ice-lite", &value)) {
        theirs->is_lite = true;
    } else if (slice_is_attribute(line, "end-of-candidates", &value)) {
        theirs->candidates.ended = true;
    }
}

static void read_level(struct slice lines, struct seen *seen, struct ice_lines *theirs)
{
    const bool wants_credentials = !seen->ufrag && !seen->password;
    char type;
    struct slice line;
    while (slice_next_line(&lines, &type, &line)) {
        if (type == 'a')
            read_line(line, wants_credentials, seen, theirs);
    }
}

static void judge(const struct seen *seen, struct ice_lines *theirs)
{
    theirs->has_credentials =
        seen->ufrag && seen->password && ice_credentials_are_good(&theirs->credentials);
    theirs->is_malformed = (seen->ufrag || seen->password) && !theirs->has_credentials;
    if (!theirs->has_credentials)
        memset(&theirs->credentials, 0, sizeof(theirs->credentials));
}

void ice_lines_read(struct slice section, struct slice session, struct ice_lines *theirs)
{
    struct seen seen = {false, false};
    memset(theirs, 0, sizeof(*theirs));
    read_level(section, &seen, theirs);
    read_level(session, &seen, theirs);
    judge(&seen, theirs);
}

/* ---- fragments ---- */

/* Takes the lines up to the next m= off @p rest. */
static struct slice next_section(struct slice *rest)
{
    struct slice section = {rest->at, 0}, value;
    char type;
    bool is_first = true;
    while (rest->length) {
        struct slice after = *rest;
        if (!slice_next_line(&after, &type, &value) || (type == 'm' && !is_first))
            break;
        is_first = false;
        *rest = after;
    }
    section.length = (size_t)(rest->at - section.at);
    return section;
}

static bool is_wanted(struct slice section, const char *mid)
{
    struct slice value;
    char type;
    struct slice lines = section;
    if (!mid || !slice_next_line(&lines, &type, &value) || type != 'm')
        return true;
    return slice_find_attribute(section, "mid", &value) && slice_equals(value, mid);
}

static bool is_text(const char *body, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = (unsigned char)body[i];
        if ((byte < 0x20 && byte != '\r' && byte != '\n' && byte != '\t') || byte == 0x7f)
            return false;
    }
    return true;
}

int ice_lines_read_fragment(const char *body, size_t length, const char *mid,
                            struct ice_lines *theirs)
{
    struct seen seen = {false, false};
    struct slice rest = {body, length};
    memset(theirs, 0, sizeof(*theirs));
    if (length > ICE_LINES_MAX_FRAGMENT || !is_text(body, length))
        return -EBADMSG;
    for (;;) {
        const struct slice section = next_section(&rest);
        if (!section.length)
            break;
        if (is_wanted(section, mid))
            read_level(section, &seen, theirs);
    }
    judge(&seen, theirs);
    return 0;
}

/* ---- writing ---- */

void ice_lines_write_session(struct text *text)
{
    text_add(text, "a=ice-lite\r\n");
}

void ice_lines_write(const struct ice_lines_ours *ours, struct text *text)
{
    assert(ours->count <= ICE_LINES_MAX_OURS);
    text_add(text, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=ice-options:ice2 trickle\r\n",
             ours->credentials->ufrag, ours->credentials->password);
    for (unsigned i = 0; i < ours->count; i++) {
        char line[ICE_CANDIDATE_LINE_BYTES];
        if (ice_candidate_write(&ours->candidates[i], line, sizeof(line)))
            text_add(text, "a=%s\r\n", line);
    }
    text_add(text, "a=end-of-candidates\r\n");
}
