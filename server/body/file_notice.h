/*
 * file_notice.h - a file in a message: not its bytes but where they are, and what they are said
 * to be (application/vnd.gsma.rcs-ft-http+xml).
 *
 *   if (file_notice_read(body, &notice) < 0) ...400...
 *   char *body = file_notice_write(&notice);                free() it
 *
 * Names go as percent codes, as Linphone writes and expects them; one that comes is decoded,
 * and may be anything: it has still to be judged.
 *
 * Thread   any; pure.
 * Errors   -EBADMSG: it is none, tells of no file or of none by http, or a text in it is longer
 *          than it may be.
 * Source   GSMA RCC.07 section 3.5.4.8 (file transfer by HTTP), as liblinphone speaks it.
 */
#ifndef SERVER_BODY_FILE_NOTICE_H
#define SERVER_BODY_FILE_NOTICE_H

#include "server/sdp/description.h"

#include <stdbool.h>
#include <stdint.h>

#define FILE_NOTICE_TYPE "application/vnd.gsma.rcs-ft-http+xml"

enum {
    FILE_NOTICE_NAME_BYTES = 256,
    FILE_NOTICE_TYPE_BYTES = 128,
    FILE_NOTICE_URL_BYTES = 1024,
    FILE_NOTICE_UNTIL_BYTES = 32,
};

/** UTF-8 of one line each. */
struct file_notice {
    char name[FILE_NOTICE_NAME_BYTES];   /* "": not said */
    char type[FILE_NOTICE_TYPE_BYTES];   /* "": not said */
    char url[FILE_NOTICE_URL_BYTES];     /* "http://..." or "https://..." */
    char until[FILE_NOTICE_UNTIL_BYTES]; /* "2026-11-26T05:00:00.000Z"; "": not said */
    uint64_t bytes;                      /* 0: not said */
    bool is_encrypted;                   /* with a key that is in the notice, and is not read */
};

int file_notice_read(struct slice body, struct file_notice *notice);

/** @return the body, from malloc(); NULL: no memory. */
char *file_notice_write(const struct file_notice *notice);

/** Decodes percent codes in place, if what comes out is UTF-8; else @p name stays. */
void file_notice_decode_name(char *name);

#endif
