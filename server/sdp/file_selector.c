/* file_selector.c - words of "key:value", of which a name is quoted. */
#include "server/sdp/file_selector.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

static int digit_of(char byte)
{
    const char *const digits = "0123456789abcdef";
    const char *at = byte ? strchr(digits, tolower((unsigned char)byte)) : NULL;
    return at ? (int)(at - digits) : -1;
}

static void skip(struct slice *rest, size_t count)
{
    rest->at += count;
    rest->length -= count;
}

static bool take_word(struct slice *rest, const char *word)
{
    const size_t length = strlen(word);
    if (rest->length < length || strncasecmp(rest->at, word, length) != 0)
        return false;
    skip(rest, length);
    return true;
}

/* Up to the next blank that is not between quotes. */
static struct slice take_value(struct slice *rest)
{
    bool is_quoted = false;
    size_t length = 0;
    for (; length < rest->length && (is_quoted || rest->at[length] != ' '); length++)
        is_quoted ^= rest->at[length] == '"';
    const struct slice value = {rest->at, length};
    skip(rest, length);
    return value;
}

/* RFC 5547 section 6: quotes, CR, LF and percent signs are percent codes. */
static bool read_name(struct slice value, char out[FILE_SELECTOR_NAME_BYTES])
{
    size_t used = 0;
    if (out[0] || value.length < 3 || value.at[0] != '"' || value.at[value.length - 1] != '"')
        return false;
    for (size_t i = 1; i + 1 < value.length; i++) {
        char byte = value.at[i];
        if (byte == '%') {
            const int high = i + 3 < value.length ? digit_of(value.at[i + 1]) : -1;
            const int low = high >= 0 ? digit_of(value.at[i + 2]) : -1;
            if (low < 0)
                return false;
            byte = (char)(high << 4 | low);
            i += 2;
        }
        if (!byte || used + 1 == FILE_SELECTOR_NAME_BYTES)
            return false;
        out[used++] = byte;
    }
    out[used] = '\0';
    return true;
}

static bool is_word(struct slice slice)
{
    for (size_t i = 0; i < slice.length; i++) {
        if (slice.at[i] <= ' ' || slice.at[i] >= 0x7f)
            return false;
    }
    return slice.length > 0;
}

static bool read_type(struct slice value, char out[FILE_SELECTOR_TYPE_BYTES])
{
    const char *end = value.length ? memchr(value.at, ';', value.length) : NULL;
    const struct slice type = {value.at, end ? (size_t)(end - value.at) : value.length};
    return !out[0] && is_word(type) && memchr(type.at, '/', type.length) &&
           slice_copy(type, out, FILE_SELECTOR_TYPE_BYTES);
}

static bool read_size(struct slice value, struct file_selector *selector)
{
    unsigned long size;
    if (selector->has_size || !slice_number(value, INT64_MAX, &size))
        return false;
    selector->has_size = true;
    selector->size = size;
    return true;
}

/* "72:24:5F:...", so many of them. */
static bool read_hash(struct slice value, size_t bytes, bool *has, uint8_t *out)
{
    if (*has || value.length != 3 * bytes - 1)
        return false;
    for (size_t i = 0; i < bytes; i++) {
        const char *at = value.at + 3 * i;
        const int high = digit_of(at[0]), low = digit_of(at[1]);
        if (high < 0 || low < 0 || (i + 1 < bytes && at[2] != ':'))
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    *has = true;
    return true;
}

static bool read_selector(struct slice rest, struct file_selector *selector)
{
    for (rest = slice_trim(rest); rest.length; rest = slice_trim(rest)) {
        bool is_good = false;
        if (take_word(&rest, "name:"))
            is_good = read_name(take_value(&rest), selector->name);
        else if (take_word(&rest, "type:"))
            is_good = read_type(take_value(&rest), selector->type);
        else if (take_word(&rest, "size:"))
            is_good = read_size(take_value(&rest), selector);
        else if (take_word(&rest, "hash:sha-1:"))
            is_good = read_hash(take_value(&rest), FILE_SELECTOR_SHA1_BYTES,
                                &selector->has_sha1, selector->sha1);
        else if (take_word(&rest, "hash:sha-256:"))
            is_good = read_hash(take_value(&rest), FILE_SELECTOR_SHA256_BYTES,
                                &selector->has_sha256, selector->sha256);
        else if (take_word(&rest, "hash:"))
            is_good = selector->has_other_hash = take_value(&rest).length > 0;
        if (!is_good)
            return false;
    }
    return true;
}

/* "1-1024", "1025-*" */
static bool read_range(struct slice value, struct file_section *file)
{
    struct slice first;
    unsigned long begin, end;
    struct slice rest = slice_trim(value);
    const char *dash = rest.length ? memchr(rest.at, '-', rest.length) : NULL;
    if (!dash)
        return false;
    first = (struct slice){rest.at, (size_t)(dash - rest.at)};
    skip(&rest, first.length + 1);
    if (!slice_number(first, INT64_MAX, &begin) || !begin)
        return false;
    file->first = begin;
    if (slice_equals(rest, "*"))
        return true;
    if (!slice_number(rest, INT64_MAX, &end) || end < begin)
        return false;
    file->last = end;
    return true;
}

int file_section_read(struct slice lines, struct file_section *file)
{
    struct slice id, range;
    *file = (struct file_section){.first = 1, .last = UINT64_MAX};
    if (!slice_find_attribute(lines, "file-selector", &file->selector_text))
        return -ENOENT;
    if (!read_selector(file->selector_text, &file->selector) ||
        !slice_find_attribute(lines, "file-transfer-id", &id) || !is_word(slice_trim(id)) ||
        !slice_copy(slice_trim(id), file->id, sizeof(file->id)))
        return -EBADMSG;
    if (slice_find_attribute(lines, "file-range", &range) && !read_range(range, file))
        return -EBADMSG;
    return 0;
}

static void write_name(const char *name, struct text *text)
{
    for (; *name; name++)
        text_add(text, strchr("\"\r\n%", *name) ? "%%%02X" : "%c", (unsigned char)*name);
}

static void write_hash(const char *name, const uint8_t *hash, size_t bytes, struct text *text)
{
    text_add(text, " hash:%s:", name);
    for (size_t i = 0; i < bytes; i++)
        text_add(text, "%s%02X", i ? ":" : "", hash[i]);
}

void file_selector_write(const struct file_selector *selector, struct text *text)
{
    text_add(text, "a=file-selector:");
    if (selector->name[0]) {
        text_add(text, "name:\"");
        write_name(selector->name, text);
        text_add(text, "\" ");
    }
    if (selector->type[0])
        text_add(text, "type:%s ", selector->type);
    if (selector->has_size)
        text_add(text, "size:%" PRIu64, selector->size);
    if (selector->has_sha1)
        write_hash("sha-1", selector->sha1, FILE_SELECTOR_SHA1_BYTES, text);
    text_add(text, "\r\n");
}
