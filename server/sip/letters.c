/* letters.c - one round for each account that has something and somewhere to send it. */
#include "server/sip/letters.h"

#include "mixer/base/log.h"
#include "server/account/letter_list.h"
#include "server/account/location.h"
#include "server/body/message_body.h"
#include "server/room/room_text.h"
#include "server/sdp/text.h"
#include "server/sip/call_internal.h"
#include "server/sip/uri.h"

#include <sofia-sip/sip_tag.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_PHONES = 8,
    NAME_BYTES = 65,
    FROM_BYTES = 2 * PARTICIPANT_NAME_BYTES + PARTICIPANT_URI_BYTES + 8,
    CLEAN_BYTES = ROOM_TEXT_GROWTH * LETTERS_MOST_BYTES + 1,
};

/* One letter on its way to the phones of one account. */
struct round {
    char account[NAME_BYTES];
    int64_t id;
    bool is_taken; /* by one of them */
    unsigned count;
    nua_handle_t *handle[MOST_PHONES]; /* [count]: their answers are awaited */
    struct round *next;
};

struct letters {
    struct round *first;
};

int letters_begin(struct ua *ua)
{
    ua->letters = calloc(1, sizeof(*ua->letters));
    return ua->letters ? 0 : -ENOMEM;
}

static void end_round(struct round *round)
{
    while (round->count)
        nua_handle_destroy(round->handle[--round->count]);
    free(round);
}

void letters_end(struct ua *ua)
{
    while (ua->letters && ua->letters->first) {
        struct round *round = ua->letters->first;
        ua->letters->first = round->next;
        end_round(round);
    }
    free(ua->letters);
    ua->letters = NULL;
}

/* ---- out ---- */

static void write_from(const struct letter *letter, char out[FROM_BYTES])
{
    struct text text;
    text_init(&text, out, FROM_BYTES);
    if (letter->from_name[0]) {
        text_add(&text, "\"");
        for (const char *at = letter->from_name; *at; at++)
            text_add(&text, *at == '"' || *at == '\\' ? "\\%c" : "%c", *at);
        text_add(&text, "\" ");
    }
    text_add(&text, "<%s>", letter->from_uri);
}

static void send_to(struct ua *ua, struct round *round, const struct letter *letter,
                    const struct sealed *sealed, const struct binding *phone)
{
    struct uri_target flow;
    char from[FROM_BYTES], to[LOCATION_TEXT_BYTES + 2];
    struct ua_line *line =
        uri_target(phone->flow, &flow) == 0 ? call_choose_line(ua, &flow) : NULL;
    nua_handle_t *handle = line ? nua_handle(line->nua, NULL, TAG_END()) : NULL;
    if (!handle)
        return;
    write_from(letter, from);
    snprintf(to, sizeof(to), "<%s>", phone->uri);
    nua_message(handle, NUTAG_URL(phone->uri), NUTAG_PROXY(phone->flow),
                TAG_IF(phone->path[0], NUTAG_INITIAL_ROUTE_STR(phone->path)), SIPTAG_TO_STR(to),
                SIPTAG_FROM_STR(from), SEALED_TAGS(sealed), TAG_END());
    round->handle[round->count++] = handle;
}

struct sending {
    struct ua *ua;
    struct round *round;
};

static void send_letter(void *context, const struct letter *letter)
{
    struct sending *sending = context;
    struct ua *ua = sending->ua;
    struct round *round = sending->round;
    struct seal seal;
    struct sealed sealed;
    round->id = letter->id;
    const struct account *account = account_list_find(ua->config.accounts, round->account);
    seal_begin_to(&seal, ua, account);
    bool fits = seal_demand(&seal, SEAL_MESSAGE) == 0;
    if (!fits)
        log_warn("sip",
                 "account %s: a message waits: S/MIME is required, and there is no certificate",
                 round->account);
    seal_make(&seal, SEAL_MESSAGE, "text/plain;charset=UTF-8", fits ? letter->text : NULL,
              &sealed);
    const struct binding *phone = location_first(ua->config.location, round->account);
    for (; sealed.payload && phone && round->count < MOST_PHONES; phone = phone->next)
        send_to(ua, round, letter, &sealed, phone);
    sealed_finish(&sealed);
    seal_finish(&seal);
}

/* The oldest goes out. @return false: there is none, or nobody to send it to. */
static bool send_oldest(struct ua *ua, struct round *round)
{
    round->is_taken = false;
    return letter_list_first(ua->config.letters, round->account, send_letter,
                             &(struct sending){ua, round}) == 0 &&
           round->count > 0;
}

void letters_deliver(struct ua *ua, const char *account)
{
    if (!location_first(ua->config.location, account))
        return;
    for (const struct round *at = ua->letters->first; at; at = at->next) {
        if (strcmp(at->account, account) == 0)
            return;
    }
    struct round *round = calloc(1, sizeof(*round));
    if (!round)
        return;
    snprintf(round->account, sizeof(round->account), "%s", account);
    if (!send_oldest(ua, round)) {
        end_round(round);
        return;
    }
    round->next = ua->letters->first;
    ua->letters->first = round;
}

/* All phones have said what they make of it: on to the next, or that was all for now. */
static void settle(struct ua *ua, struct round **place)
{
    struct round *round = *place;
    log_info("sip", "account %s: a message %s", round->account,
             round->is_taken ? "is delivered" : "waits: no phone takes it");
    bool goes_on = round->is_taken && letter_list_delete(ua->config.letters, round->id) == 0 &&
                   send_oldest(ua, round);
    if (goes_on)
        return;
    *place = round->next;
    end_round(round);
}

bool letters_on_response(struct ua *ua, nua_handle_t *handle, int status)
{
    for (struct round **place = &ua->letters->first; *place; place = &(*place)->next) {
        struct round *round = *place;
        for (unsigned i = 0; i < round->count; i++) {
            if (round->handle[i] != handle)
                continue;
            if (status < 200)
                return true;
            round->is_taken |= status < 300;
            round->handle[i] = round->handle[--round->count];
            nua_handle_destroy(handle);
            if (!round->count)
                settle(ua, place);
            return true;
        }
    }
    return false;
}

/* ---- in ---- */

static struct reply reply_of(int error)
{
    if (error == -ENOSYS)
        return reply_make(405, "Accounts Take No Messages Here");
    if (error == -ENOBUFS)
        return reply_make(480, "Too Many Messages Are Waiting");
    return reply_later("It Cannot Be Kept");
}

static struct reply keep(struct ua *ua, const sip_t *sip, const struct account *account,
                         struct slice text)
{
    char name[PARTICIPANT_NAME_BYTES], uri[PARTICIPANT_URI_BYTES], clean[CLEAN_BYTES];
    if (text.length > LETTERS_MOST_BYTES)
        return call_message_reply(-EMSGSIZE);
    if (!room_text_clean_lines(clean, sizeof(clean), text.at, text.length))
        return call_message_reply(-EINVAL);
    uri_display(sip->sip_from->a_display, name, sizeof(name));
    room_text_clean(name, sizeof(name), name);
    uri_plain(sip->sip_from->a_url, uri, sizeof(uri));
    if (!uri_is_clean(uri))
        return reply_make(400, "Bad Request: From");
    int err = letter_list_add(ua->config.letters, &(struct letter){.account = account->name,
                                                                   .from_uri = uri,
                                                                   .from_name = name,
                                                                   .text = clean});
    if (err < 0)
        return reply_of(err);
    letters_deliver(ua, account->name);
    return reply_make(202, "Accepted");
}

struct reply letters_take(struct ua_line *line, const sip_t *sip, const struct account *account)
{
    struct ua *ua = line->ua;
    struct message_body read;
    struct reply reply;
    if (!seal_read_message(ua, sip, &read, &reply))
        return reply;
    if (read.kind != MESSAGE_BODY_TEXT)
        return reply_make(200, "OK"); /* who types now is of no use later */
    return keep(ua, sip, account, read.text);
}
