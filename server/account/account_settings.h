/*
 * account_settings.h - what is set of an account, beside its name and its password.
 *
 *   struct account_settings settings = account_settings_defaults();
 *   account_setting_find("forwarding")        by the API's name, for setting.h
 *
 * Thread   any; pure.
 */
#ifndef SERVER_ACCOUNT_ACCOUNT_SETTINGS_H
#define SERVER_ACCOUNT_ACCOUNT_SETTINGS_H

#include "mixer/base/setting.h"
#include "server/account/account_forward.h"
#include "server/leg/media_srtp.h"

#include <stdbool.h>

enum {
    ACCOUNT_DISPLAY_NAME_BYTES = 129,
    ACCOUNT_NUMBER_BYTES = 33,
    ACCOUNT_CERTIFICATE_BYTES = 8193,
};

/** Whether bodies are signed and encrypted: in what comes from it, and in calls to it. */
enum account_smime {
    ACCOUNT_SMIME_OPTIONAL, /* as the phone wishes; calls to it if there is a certificate */
    ACCOUNT_SMIME_OFF,      /* refused                                                    */
    ACCOUNT_SMIME_REQUIRED, /* both, always                                               */
    ACCOUNT_SMIME_WHOLE,    /* the same of whole messages, so that headers are, too        */
};

struct account_settings {
    char display_name[ACCOUNT_DISPLAY_NAME_BYTES];
    bool enabled;
    enum media_srtp srtp;              /* of the media of calls that are begun with it */
    char number[ACCOUNT_NUMBER_BYTES]; /* by which it is called beside its name; "": none */
    enum account_smime smime;
    const char *certificate; /* of its phones, PEM; the list keeps a copy; NULL: none */
    struct account_forward forward;
};

/** True for "" and for digits, perhaps behind a +. */
bool account_number_is_valid(const char *number);

struct account_settings account_settings_defaults(void);

/** All but the certificate, by the API's names, from 0. NULL: there are no more. */
const struct setting *account_setting_at(unsigned index);
/** NULL: there is none of that name. */
const struct setting *account_setting_find(const char *name);

#endif
