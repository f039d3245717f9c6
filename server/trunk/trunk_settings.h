/*
 * trunk_settings.h - what is set of a trunk: a provider's line, or another PBX.
 *
 *   trunk_settings_defaults(&settings);
 *   trunk_settings_check(&settings, &field)     0, or the API's name of the field that is wrong
 *   char *lines = trunk_settings_write(&settings);  trunk_settings_read(lines, &settings);
 *
 * Shape    the lines are those of setting.h. The password is not in them.
 * Thread   any; pure.
 * Source   RFC 3261 section 10 (registration), 3263 (gateways), 3323, 3325 (identity).
 */
#ifndef SERVER_TRUNK_TRUNK_SETTINGS_H
#define SERVER_TRUNK_TRUNK_SETTINGS_H

#include "mixer/base/setting.h"
#include "server/leg/codec_choice.h"
#include "server/leg/media_srtp.h"
#include "server/trunk/number_rule.h"
#include "server/trunk/trunk_budget.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    TRUNK_URI_BYTES = 256,
    TRUNK_TEXT_BYTES = 129,
    TRUNK_NETWORK_BYTES = 64,
    TRUNK_MAX_GATEWAYS = 8,
    TRUNK_MAX_REGISTRARS = 8,
    TRUNK_MAX_NETWORKS = 16,
    TRUNK_MAX_RULES = 32,
    TRUNK_MAX_NUMBERS = 64,
    TRUNK_MAX_CODECS = CODEC_CHOICE_MOST,
    TRUNK_CODEC_BYTES = 32,
    TRUNK_MAX_LINES = 100000,
    TRUNK_MAX_WEIGHT = 65535,
    TRUNK_LEAST_EXPIRES_S = 60,
    TRUNK_MAX_EXPIRES_S = 86400,
    TRUNK_LEAST_GATEWAY_MS = 500,
    TRUNK_MAX_GATEWAY_MS = 30000,
    TRUNK_MAX_HEALTH_S = 3600,
    TRUNK_MAX_EARLY_S = 600,
};

/** What a trunk that is full answers. */
enum trunk_full { TRUNK_FULL_503, TRUNK_FULL_480 };
/** Where an INVITE has the number that was dialled. */
enum trunk_number_from { TRUNK_NUMBER_FROM_REQUEST, TRUNK_NUMBER_FROM_TO };
/** In which headers a call says who calls. */
enum trunk_identity { TRUNK_IDENTITY_FROM, TRUNK_IDENTITY_BOTH };

/** How digits that we send go: as telephone-events, by SIP INFO, as sound. */
enum trunk_dtmf { TRUNK_DTMF_RFC4733, TRUNK_DTMF_INFO, TRUNK_DTMF_INBAND };

/** Whether media flows before a call is answered (RFC 3960): a bit for each way. Of calls in,
 *  who calls hears the lobby, why he is refused, or what the phone of an account plays; of
 *  calls out, the room hears what the far end plays. */
enum trunk_early { TRUNK_EARLY_OFF, TRUNK_EARLY_IN, TRUNK_EARLY_OUT, TRUNK_EARLY_BOTH };

struct trunk_gateway {
    char uri[TRUNK_URI_BYTES]; /* "sip:gw.example.com[:port][;transport=...]", or sips: */
    unsigned priority, weight; /* trunk_choice.h */
};

struct trunk_settings {
    bool enabled;
    char display_name[TRUNK_TEXT_BYTES];
    struct trunk_gateway gateway[TRUNK_MAX_GATEWAYS]; /* [gateways]: calls go out there */
    unsigned gateways;
    unsigned gateway_timeout_ms, progress_timeout_ms; /* without any answer; without ringing */
    unsigned health_s; /* between two OPTIONS to each gateway; 0: none are sent */
    char network[TRUNK_MAX_NETWORKS]
                [TRUNK_NETWORK_BYTES]; /* [networks]: calls come from there */
    unsigned networks;

    char registrar[TRUNK_URI_BYTES]; /* "": it does not register */
    char more_registrar[TRUNK_MAX_REGISTRARS - 1]
                       [TRUNK_URI_BYTES]; /* [more_registrars]: it registers there, too */
    unsigned more_registrars;
    char username[TRUNK_TEXT_BYTES]; /* for the registrar and for calls that are asked for it */
    char auth_name[TRUNK_TEXT_BYTES]; /* "": the same */
    unsigned expires_s;

    unsigned lines, lines_in, lines_out; /* calls at once: both ways, each; 0: any number */
    enum trunk_full when_full;
    bool overflow; /* a call that finds it full goes out by the next trunk */

    enum trunk_number_from number_from;
    char in_rule[TRUNK_MAX_RULES][NUMBER_RULE_BYTES]; /* [in_rules]: called numbers to E.164 */
    unsigned in_rules;
    char caller_rule[TRUNK_MAX_RULES][NUMBER_RULE_BYTES]; /* [caller_rules]: callers' */
    unsigned caller_rules;
    char out_rule[TRUNK_MAX_RULES][NUMBER_RULE_BYTES]; /* [out_rules]: E.164 to theirs */
    unsigned out_rules;
    bool trusts_identity;         /* P-Asserted-Identity of its calls is believed */
    char caller_id[NUMBER_BYTES]; /* who calls out; "": the room's name */
    bool hides_caller;            /* Privacy: id */
    enum trunk_identity identity;

    char number[TRUNK_MAX_NUMBERS][NUMBER_PATTERN_BYTES]; /* [numbers]: may be dialled by it */
    unsigned numbers;
    unsigned order; /* among trunks that may dial a number, the lowest first */
    struct trunk_budget_limits budget;
    enum media_srtp srtp;
    char codec[TRUNK_MAX_CODECS][TRUNK_CODEC_BYTES]; /* [codecs], of sound, best first; none: as
                                                        the room has it */
    unsigned codecs;
    enum trunk_dtmf dtmf;
    enum trunk_early early_media;
    bool p_early_media;     /* P-Early-Media says so, too (RFC 5009)       */
    unsigned early_limit_s; /* a call in that still waits is answered then */
};

void trunk_settings_defaults(struct trunk_settings *settings);

/** @return 0; -EINVAL and *field, a constant. */
int trunk_settings_check(const struct trunk_settings *settings, const char **field);

/** Where it registers: all of them, from 0. NULL: there are no more. */
const char *trunk_settings_registrar(const struct trunk_settings *settings, unsigned index);

/** The codecs of the valid @p settings. */
struct codec_choice trunk_settings_codecs(const struct trunk_settings *settings);

bool trunk_uri_is_valid(const char *uri);
bool trunk_network_is_valid(const char *network);

/** Those of a plain value, all but the gateways, by the API's names, from 0. NULL: there are no
 *  more. */
const struct setting *trunk_setting_at(unsigned index);

/** @return the lines, owned by the caller (free()); NULL: no memory. */
char *trunk_settings_write(const struct trunk_settings *settings);
/** Reads what trunk_settings_write() wrote; what is missing is as by default.
 *  @return 0; -EBADMSG: a line that cannot be read. */
int trunk_settings_read(const char *lines, struct trunk_settings *settings);

#endif
