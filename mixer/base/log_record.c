/* log_record.c - lines of the log, into a buffer of fixed size: nothing is allocated. */
#include "mixer/base/log_record.h"

#include "mixer/base/clock.h"
#include "mixer/base/utf8.h"

#include <stdio.h>
#include <string.h>

struct out {
    char *text;      /* [LOG_RECORD_BYTES] */
    unsigned length; /* so far             */
    bool is_full;    /* something was left out: nothing more goes in */
};

static const char more[] = "...";
static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* What ends a line always finds its place, and so does what stands before its text. */
enum { END_BYTES = 8, AREA_BYTES = 12, CALL_BYTES = 32 };

static void put(struct out *out, const char *bytes, unsigned length)
{
    out->is_full |= length > LOG_RECORD_BYTES - END_BYTES - out->length;
    if (out->is_full)
        return;
    memcpy(out->text + out->length, bytes, length);
    out->length += length;
}

static void put_word(struct out *out, const char *word)
{
    put(out, word, (unsigned)strlen(word));
}

static void put_end(struct out *out, bool is_cut, const char *end)
{
    is_cut |= out->is_full;
    int length = snprintf(out->text + out->length, END_BYTES, "%s%s", is_cut ? more : "", end);
    out->length += (unsigned)length;
}

/* ---- text ---- */

static void put_plain(struct out *out, const char *text)
{
    for (const char *at = text; *at && !out->is_full;) {
        uint32_t character;
        unsigned length = utf8_read(at, &character);
        if (length == 0 || character < 0x20 || character == 0x7f) {
            char escaped[5];
            snprintf(escaped, sizeof(escaped), "\\x%02x", (unsigned char)*at++);
            put_word(out, escaped);
        } else {
            put(out, at, length);
            at += length;
        }
    }
}

static void write_text(const struct log_record *record, const char *stamp, const char *call,
                       struct out *out)
{
    int head = snprintf(out->text, LOG_RECORD_BYTES, "%s %-5s %-6.*s ", stamp,
                        log_level_word(record->level), AREA_BYTES, record->area);
    out->length = (unsigned)head;
    if (call) {
        put_word(out, "call ");
        put_plain(out, call);
        put_word(out, ": ");
    }
    put_plain(out, record->text);
    put_end(out, record->is_cut, "\n");
}

/* ---- JSON ---- */

static void put_string(struct out *out, const char *text)
{
    for (const char *at = text; *at && !out->is_full;) {
        uint32_t character;
        unsigned length = utf8_read(at, &character);
        char escaped[8];
        if (length == 0) {
            put_word(out, replacement);
            at++;
        } else if (character < 0x20 || character == 0x7f) {
            snprintf(escaped, sizeof(escaped), "\\u%04x", (unsigned)character & 0xff);
            put_word(out, escaped);
            at++;
        } else if (character == '"' || character == '\\') {
            put(out, (char[]){'\\', *at++}, 2);
        } else {
            put(out, at, length);
            at += length;
        }
    }
}

static void write_json(const struct log_record *record, const char *stamp, const char *call,
                       struct out *out)
{
    int head = snprintf(out->text, LOG_RECORD_BYTES,
                        "{\"time\":\"%s\",\"level\":\"%s\",\"area\":\"%.*s\",", stamp,
                        log_level_word(record->level), AREA_BYTES, record->area);
    out->length = (unsigned)head;
    if (call) {
        put_word(out, "\"call\":\"");
        put_string(out, call);
        put_word(out, "\",");
    }
    put_word(out, "\"message\":\"");
    put_string(out, record->text);
    put_end(out, record->is_cut, "\"}\n");
}

unsigned log_record_write(const struct log_record *record, enum log_format format,
                          char text[LOG_RECORD_BYTES])
{
    char stamp[CLOCK_TEXT_BYTES], call[CALL_BYTES];
    struct out out = {.text = text};
    clock_format(record->wall_ns, stamp);
    snprintf(call, sizeof(call), "%s", record->call ? record->call : "");
    if (format == LOG_FORMAT_JSON)
        write_json(record, stamp, record->call ? call : NULL, &out);
    else
        write_text(record, stamp, record->call ? call : NULL, &out);
    return out.length;
}
