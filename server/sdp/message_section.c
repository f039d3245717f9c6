/* message_section.c - the attributes of MSRP. */
#include "server/sdp/message_section.h"

#include "server/sdp/media_section.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static struct slice find(struct slice lines, const char *name)
{
    struct slice value;
    return slice_find_attribute(lines, name, &value) ? slice_trim(value)
                                                     : (struct slice){"", 0};
}

/* What does not fit in 64 bits is no limit, either. */
static uint64_t read_size(struct slice text)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9' || value > UINT64_MAX / 10 - 1)
            return UINT64_MAX;
        value = value * 10 + (uint64_t)(text.at[i] - '0');
    }
    return text.length ? value : UINT64_MAX;
}

int message_section_read(const struct description *description, unsigned index,
                         struct message_section *section)
{
    const struct description_media *media = &description->media[index];
    memset(section, 0, sizeof(*section));
    section->is_tls = slice_equals(media->protocol, "TCP/TLS/MSRP");
    if (!slice_equals(media->kind, "message") || !media->port ||
        (!section->is_tls && !slice_equals(media->protocol, "TCP/MSRP")))
        return -EPROTONOSUPPORT;
    section->index = index;
    section->lines = media->lines;
    section->path = find(media->lines, "path");
    if (!section->path.length)
        return -EBADMSG;
    section->accept_types = find(media->lines, "accept-types");
    section->accept_wrapped_types = find(media->lines, "accept-wrapped-types");
    section->max_size = read_size(find(media->lines, "max-size"));
    section->has_chatroom = slice_find_attribute(media->lines, "chatroom", &section->chatroom);
    struct slice ignored;
    section->is_cema = slice_find_attribute(media->lines, "msrp-cema", &ignored);
    section->direction = media_section_direction(description, media);
    media_section_address(description, media, &section->address);
    fingerprint_lines_read(media->lines, description->lines, &section->security);
    return 0;
}

bool message_section_lists(struct slice list, const char *word)
{
    struct slice each;
    while (slice_next_word(&list, ' ', &each)) {
        if (each.length == strlen(word) && strncasecmp(each.at, word, each.length) == 0)
            return true;
    }
    return false;
}
