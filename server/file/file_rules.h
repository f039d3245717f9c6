/*
 * file_rules.h - what the operator has said of files: which types are taken, and who scans
 * them.
 *
 * Thread   any; pure. Constant for the life of the process.
 * Source   RFC 6838 section 4.2 (names of media types).
 */
#ifndef SERVER_FILE_FILE_RULES_H
#define SERVER_FILE_FILE_RULES_H

#include <stdbool.h>

struct file_rules {           /* all borrowed */
    const char *const *types; /* patterns of what is taken: any type, all of "image", one     */
    unsigned type_count;
    const char *const *refused; /* and of what is not, even so */
    unsigned refused_count;
    const char *const *scanner; /* a command; the file's path is its last argument */
    unsigned scanner_count;     /* 0: none                                         */
    const char *clamd;          /* where ClamAV's daemon is: file_clamd.h; NULL: none */
    unsigned scanner_timeout_s; /* for both, each                                 */
};

/** "image/png": a type and a subtype of RFC 6838, in lower case. */
bool file_type_is_valid(const char *type);

/** True if @p type fits one of the types, and none of the refused. */
bool file_rules_take(const struct file_rules *rules, const char *type);

#endif
