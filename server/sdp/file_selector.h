/*
 * file_selector.h - which file a session of MSRP is for (a=file-selector and what goes with
 * it).
 *
 *   if (file_section_read(section.lines, &file) == 0) ...file.selector.name...
 *   file_selector_write(&selector, &text);           "a=file-selector:name:"a.txt" size:12 ..."
 *
 * A name is decoded but not judged: it may be a path, or what no file may be called.
 *
 * Thread   any; pure. Slices are of the body.
 * Errors   -ENOENT: the section is for no file; -EBADMSG: it cannot be read, or says something
 *          twice.
 * Source   RFC 5547 sections 6 and 8.
 */
#ifndef SERVER_SDP_FILE_SELECTOR_H
#define SERVER_SDP_FILE_SELECTOR_H

#include "server/sdp/description.h"
#include "server/sdp/text.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    FILE_SELECTOR_NAME_BYTES = 256,
    FILE_SELECTOR_TYPE_BYTES = 128,
    FILE_SELECTOR_SHA1_BYTES = 20,
    FILE_SELECTOR_SHA256_BYTES = 32,
    FILE_SELECTOR_ID_BYTES = 129,
};

/** What is not said is "" or false. */
struct file_selector {
    char name[FILE_SELECTOR_NAME_BYTES];
    char type[FILE_SELECTOR_TYPE_BYTES]; /* without parameters */
    bool has_size;
    uint64_t size;
    bool has_sha1, has_sha256;
    uint8_t sha1[FILE_SELECTOR_SHA1_BYTES], sha256[FILE_SELECTOR_SHA256_BYTES];
    bool has_other_hash; /* of an algorithm that we do not know */
};

struct file_section {
    struct file_selector selector;
    struct slice selector_text;      /* as it came                       */
    char id[FILE_SELECTOR_ID_BYTES]; /* a=file-transfer-id, which there has to be */
    uint64_t first;                  /* a=file-range: the first byte, from 1; 1: of all */
    uint64_t last;                   /* the last; UINT64_MAX: to the end */
};

int file_section_read(struct slice lines, struct file_section *file);

/** Adds the line. */
void file_selector_write(const struct file_selector *selector, struct text *text);

#endif
