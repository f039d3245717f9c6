/* fingerprint_lines.c - whose certificate DTLS has to show, and who begins. */
#include "server/sdp/fingerprint_lines.h"

#include <string.h>
#include <strings.h>

static const char *const words[] = {
    [SETUP_NONE] = "",           [SETUP_ACTIVE] = "active",     [SETUP_PASSIVE] = "passive",
    [SETUP_ACTPASS] = "actpass", [SETUP_HOLDCONN] = "holdconn",
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

static enum setup read_setup(struct slice value)
{
    struct slice word = {"", 0};
    slice_next_word(&value, ' ', &word);
    for (unsigned i = SETUP_NONE + 1; i < WORDS; i++) {
        if (word.length == strlen(words[i]) && strncasecmp(word.at, words[i], word.length) == 0)
            return (enum setup)i;
    }
    return SETUP_UNKNOWN;
}

static void read_fingerprint(struct slice value, struct fingerprint_lines *theirs)
{
    if (theirs->count == DTLS_MAX_FINGERPRINTS ||
        dtls_fingerprint_read(value.at, value.length, &theirs->fingerprints[theirs->count]))
        theirs->refused++;
    else
        theirs->count++;
}

static void read_lines(struct slice lines, struct fingerprint_lines *theirs)
{
    const bool has_setup = theirs->setup != SETUP_NONE;
    const bool has_fingerprint = theirs->count || theirs->refused;
    char type;
    struct slice line, value;
    while (slice_next_line(&lines, &type, &line)) {
        if (type != 'a')
            continue;
        if (!has_setup && theirs->setup == SETUP_NONE &&
            slice_is_attribute(line, "setup", &value))
            theirs->setup = read_setup(value);
        else if (!has_fingerprint && slice_is_attribute(line, "fingerprint", &value))
            read_fingerprint(value, theirs);
    }
}

void fingerprint_lines_read(struct slice section, struct slice session,
                            struct fingerprint_lines *theirs)
{
    memset(theirs, 0, sizeof(*theirs));
    read_lines(section, theirs);
    read_lines(session, theirs);
}

/* An offer without a line is active: RFC 4145 section 4.1. */
enum setup fingerprint_lines_answer(enum setup theirs, enum setup before)
{
    switch (theirs) {
    case SETUP_ACTPASS:
        return before == SETUP_ACTIVE ? SETUP_ACTIVE : SETUP_PASSIVE;
    case SETUP_PASSIVE:
        return SETUP_ACTIVE;
    case SETUP_NONE:
    case SETUP_ACTIVE:
        return SETUP_PASSIVE;
    default:
        return SETUP_HOLDCONN;
    }
}

bool fingerprint_lines_accept(enum setup theirs, enum dtls_role *role)
{
    if (theirs == SETUP_PASSIVE)
        *role = DTLS_CLIENT;
    else if (theirs == SETUP_ACTIVE || theirs == SETUP_NONE)
        *role = DTLS_SERVER;
    else
        return false;
    return true;
}

enum dtls_role fingerprint_lines_role(enum setup ours)
{
    return ours == SETUP_ACTIVE ? DTLS_CLIENT : DTLS_SERVER;
}

void fingerprint_lines_remote(const struct fingerprint_lines *theirs, enum dtls_role ours,
                              struct handshake_remote *remote)
{
    memset(remote, 0, sizeof(*remote));
    remote->role = ours;
    remote->fingerprint_count = theirs->count;
    memcpy(remote->fingerprints, theirs->fingerprints, sizeof(remote->fingerprints));
}

void fingerprint_lines_write(const struct dtls_fingerprint *ours, enum setup setup,
                             struct text *text)
{
    char fingerprint[DTLS_FINGERPRINT_TEXT_BYTES];
    dtls_fingerprint_write(ours, fingerprint);
    text_add(text, "a=fingerprint:%s\r\n", fingerprint);
    if (setup > SETUP_NONE && setup < SETUP_UNKNOWN)
        text_add(text, "a=setup:%s\r\n", words[setup]);
}
