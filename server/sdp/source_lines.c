/* source_lines.c - what we say of the streams that we send. */
#include "server/sdp/source_lines.h"

/* Some browsers read the msid of the section, others that of the source. */
static void write_source(const struct source_lines *ours, uint32_t ssrc, struct text *text)
{
    text_add(text, "a=ssrc:%u cname:%s\r\n", ssrc, ours->cname);
    if (ours->stream)
        text_add(text, "a=ssrc:%u msid:%s %s\r\n", ssrc, ours->stream, ours->track);
}

void source_lines_write(const struct source_lines *ours, struct text *text)
{
    if (ours->stream)
        text_add(text, "a=msid:%s %s\r\n", ours->stream, ours->track);
    if (ours->repeats)
        text_add(text, "a=ssrc-group:FID %u %u\r\n", ours->ssrc, ours->repeats);
    write_source(ours, ours->ssrc, text);
    if (ours->repeats)
        write_source(ours, ours->repeats, text);
}
