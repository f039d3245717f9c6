/* msrp_reader.c - looks for the line that ends a head, then for the one that ends its content.
 */
#include "server/msrp/msrp_reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char dashes[] = "-------";

static void drop(struct slice *rest, size_t length)
{
    rest->at += length;
    rest->length -= length;
}

/* ---- a head ---- */

/* Only its first line says what its end looks like. */
static int note_end(struct msrp_reader *reader, struct slice rest)
{
    static const char begin[] = "MSRP ";
    const size_t length = rest.length < sizeof(begin) - 1 ? rest.length : sizeof(begin) - 1;
    struct msrp_head head;
    if (memcmp(rest.at, begin, length) != 0)
        return -EBADMSG;
    const char *end = memmem(rest.at, rest.length, "\r\n", 2);
    if (!end)
        return 0;
    if (msrp_head_read_start((struct slice){rest.at, (size_t)(end - rest.at)}, &head) < 0)
        return -EBADMSG;
    reader->end_length =
        (size_t)snprintf(reader->end, sizeof(reader->end), "\r\n%s%.*s", dashes,
                         (int)head.transaction.length, head.transaction.at);
    return 0;
}

/* Whether the line behind the CRLF at @p at ends the head: it is empty, or the end of all.
 * @p is_known: enough has come to tell. */
static bool ends_head(const struct msrp_reader *reader, struct slice rest, size_t at,
                      bool *is_known)
{
    const struct slice line = {rest.at + at, rest.length - at};
    *is_known = line.length >= 4;
    if (*is_known && memcmp(line.at + 2, "\r\n", 2) == 0)
        return true;
    *is_known = line.length >= reader->end_length;
    return *is_known && memcmp(line.at, reader->end, reader->end_length) == 0;
}

/* @return true and where the CRLF is that ends the last line of the head. */
static bool find_head_end(struct msrp_reader *reader, struct slice rest, size_t *at)
{
    for (;;) {
        const size_t from = reader->looked_at;
        const char *crlf =
            from < rest.length ? memmem(rest.at + from, rest.length - from, "\r\n", 2) : NULL;
        if (!crlf)
            return false;
        bool is_known;
        *at = (size_t)(crlf - rest.at);
        reader->looked_at = *at;
        if (ends_head(reader, rest, *at, &is_known))
            return true;
        if (!is_known)
            return false;
        reader->looked_at = *at + 2;
    }
}

static int next_head(struct msrp_reader *reader, struct slice *rest, struct msrp_piece *piece)
{
    size_t at;
    if (rest->length && !reader->end_length) {
        const int error = note_end(reader, *rest);
        if (error)
            return error;
    }
    if (!reader->end_length || !find_head_end(reader, *rest, &at))
        return rest->length >= MSRP_READER_BYTES ? -E2BIG : 0;
    if (at > MSRP_READER_BYTES)
        return -E2BIG;
    if (msrp_head_read((struct slice){rest->at, at}, &piece->head) < 0)
        return -EBADMSG;
    piece->kind = MSRP_PIECE_HEAD;
    reader->looked_at = 0;
    reader->is_in_content = reader->is_at_start = true;
    const bool has_blank_line = memcmp(rest->at + at + 2, "\r\n", 2) == 0;
    drop(rest, at + (has_blank_line ? 2 : 0)); /* what is left begins with one CRLF */
    return 0;
}

/* ---- content ---- */

/* The whole line at the beginning of @p rest. */
static bool is_end(const struct msrp_reader *reader, struct slice rest)
{
    const char *behind = rest.at + reader->end_length;
    return memchr("$+#", behind[0], 3) && memcmp(behind + 1, "\r\n", 2) == 0;
}

static void give(struct slice *rest, size_t length, struct msrp_piece *piece)
{
    if (!length)
        return;
    piece->kind = MSRP_PIECE_CONTENT;
    piece->content = (struct slice){rest->at, length};
    drop(rest, length);
}

/* The CRLF of the empty line stands before the content, unless the end follows at once. */
static bool skip_empty_line(struct msrp_reader *reader, struct slice *rest)
{
    if (rest->length < reader->end_length + 3 &&
        memcmp(rest->at, reader->end,
               rest->length < reader->end_length ? rest->length : reader->end_length) == 0)
        return false;
    const bool is_over = rest->length >= reader->end_length + 3 &&
                         memcmp(rest->at, reader->end, reader->end_length) == 0 &&
                         is_end(reader, *rest);
    if (!is_over)
        drop(rest, 2);
    reader->is_at_start = false;
    return true;
}

static void next_content(struct msrp_reader *reader, struct slice *rest,
                         struct msrp_piece *piece)
{
    const size_t length = reader->end_length;
    if (reader->is_at_start && !skip_empty_line(reader, rest))
        return;
    const char *found =
        rest->length >= length ? memmem(rest->at, rest->length, reader->end, length) : NULL;
    if (!found) {
        give(rest, rest->length >= length ? rest->length - length + 1 : 0, piece);
        return;
    }
    if (found > rest->at) {
        give(rest, (size_t)(found - rest->at), piece);
        return;
    }
    if (rest->length < length + 3)
        return;
    if (!is_end(reader, *rest)) {
        give(rest, length, piece);
        return;
    }
    piece->kind = MSRP_PIECE_END;
    piece->flag = rest->at[length];
    drop(rest, length + 3);
    reader->is_in_content = false;
    reader->end_length = 0;
}

int msrp_reader_next(struct msrp_reader *reader, struct slice *rest, struct msrp_piece *piece)
{
    piece->kind = MSRP_PIECE_NONE;
    if (!reader->is_in_content)
        return next_head(reader, rest, piece);
    next_content(reader, rest, piece);
    return 0;
}
