/* file_notice.c - the first <file-info type="file"> of a notice; a thumbnail is passed over. */
#include "server/body/file_notice.h"

#include "mixer/base/utf8.h"
#include "server/body/xml.h"
#include "server/body/xml_walk.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    DEPTH_FILE = 0,
    DEPTH_INFO = 1,
    DEPTH_FIELD = 2,
    ESCAPED_NAME_BYTES = 3 * FILE_NOTICE_NAME_BYTES, /* each byte as a percent code */
};

struct reading {
    struct file_notice *notice;
    bool is_in, is_done; /* in the one that counts, behind it */
    bool is_wrong;
};

static bool is_line(const char *text)
{
    uint32_t character = 0;
    while (*text) {
        const unsigned length = utf8_read(text, &character);
        if (!length || character < ' ' || character == 0x7f)
            return false;
        text += length;
    }
    return true;
}

static void read_text(struct reading *reading, struct slice text, char *out, size_t room)
{
    if (!xml_decode(text, out, room) || !is_line(out))
        reading->is_wrong = true;
}

static bool on_open(void *context, unsigned depth, struct slice name)
{
    (void)context;
    return depth != DEPTH_FILE || xml_is_called(name, "file");
}

static void on_attributes(void *context, unsigned depth, struct slice name,
                          struct slice attributes)
{
    struct reading *reading = context;
    struct file_notice *notice = reading->notice;
    struct slice value;
    if (depth == DEPTH_INFO && !reading->is_done && xml_is_called(name, "file-info"))
        reading->is_in =
            xml_attribute(attributes, "type", &value) && slice_equals(value, "file");
    if (depth != DEPTH_FIELD || !reading->is_in || !xml_is_called(name, "data"))
        return;
    if (xml_attribute(attributes, "url", &value))
        read_text(reading, value, notice->url, sizeof(notice->url));
    if (xml_attribute(attributes, "until", &value))
        read_text(reading, value, notice->until, sizeof(notice->until));
}

static void read_bytes(struct reading *reading, struct slice text)
{
    unsigned long bytes = 0;
    if (!slice_number(text, INT64_MAX, &bytes))
        reading->is_wrong = true;
    reading->notice->bytes = bytes;
}

static void read_name(struct reading *reading, struct slice text)
{
    char name[ESCAPED_NAME_BYTES] = "";
    read_text(reading, text, name, sizeof(name));
    file_notice_decode_name(name);
    if (strlen(name) < FILE_NOTICE_NAME_BYTES)
        memcpy(reading->notice->name, name, strlen(name) + 1);
    else
        reading->is_wrong = true;
}

static void on_close(void *context, unsigned depth, struct slice name, struct slice text)
{
    struct reading *reading = context;
    struct file_notice *notice = reading->notice;
    if (!reading->is_in)
        return;
    if (depth == DEPTH_INFO) {
        reading->is_in = false;
        reading->is_done = true;
    } else if (depth == DEPTH_FIELD && xml_is_called(name, "file-size")) {
        read_bytes(reading, text);
    } else if (depth == DEPTH_FIELD && xml_is_called(name, "file-name")) {
        read_name(reading, text);
    } else if (depth == DEPTH_FIELD && xml_is_called(name, "content-type")) {
        read_text(reading, text, notice->type, sizeof(notice->type));
    } else if (depth == DEPTH_FIELD && xml_is_called(name, "file-key")) {
        notice->is_encrypted = true;
    }
}

static bool is_web(const char *url)
{
    const bool is_http =
        strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
    return is_http && !strpbrk(url, " \"<>\\^`{|}");
}

int file_notice_read(struct slice body, struct file_notice *notice)
{
    static const struct xml_walk_events events = {
        .on_open = on_open, .on_close = on_close, .on_attributes = on_attributes};
    struct reading reading = {.notice = notice};
    *notice = (struct file_notice){.bytes = 0};
    int err = xml_walk(body, &events, &reading);
    return err < 0 || !reading.is_done || reading.is_wrong || !is_web(notice->url) ? -EBADMSG
                                                                                   : 0;
}

/* ---- names ---- */

static int digit_of(char byte)
{
    const char *const digits = "0123456789abcdef";
    const char *at = byte ? strchr(digits, tolower((unsigned char)byte)) : NULL;
    return at ? (int)(at - digits) : -1;
}

void file_notice_decode_name(char *name)
{
    char plain[ESCAPED_NAME_BYTES];
    size_t used = 0;
    if (strlen(name) >= sizeof(plain))
        return;
    for (const char *at = name; *at; at++) {
        const int high = *at == '%' ? digit_of(at[1]) : -1;
        const int low = high >= 0 ? digit_of(at[2]) : -1;
        plain[used++] = (char)(low >= 0 ? high << 4 | low : *at);
        if (low >= 0)
            at += 2;
    }
    plain[used] = '\0';
    if (strlen(plain) == used && is_line(plain))
        memcpy(name, plain, used + 1);
}

static void write_name(FILE *out, const char *name)
{
    for (const unsigned char *at = (const unsigned char *)name; *at; at++) {
        if (isalnum(*at) || strchr("-_.[]", *at))
            fputc(*at, out);
        else
            fprintf(out, "%%%02X", *at);
    }
}

char *file_notice_write(const struct file_notice *notice)
{
    char *body;
    size_t length;
    FILE *out = open_memstream(&body, &length);
    if (!out)
        return NULL;
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
            "<file xmlns=\"urn:gsma:params:xml:ns:rcs:rcs:fthttp\"><file-info type=\"file\">"
            "<file-size>%" PRIu64 "</file-size><file-name>",
            notice->bytes);
    write_name(out, notice->name);
    fputs("</file-name>", out);
    xml_element(out, "content-type", notice->type);
    fputs("<data url=\"", out);
    xml_text(out, notice->url);
    if (notice->until[0]) {
        fputs("\" until=\"", out);
        xml_text(out, notice->until);
    }
    fputs("\"/></file-info></file>\r\n", out);
    const bool is_written = !ferror(out);
    if (fclose(out) == 0 && is_written)
        return body;
    free(body);
    return NULL;
}
