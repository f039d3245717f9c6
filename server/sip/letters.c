/* letters.c - one round for each account that has something and somewhere to send it. */
#include "server/sip/letters.h"

#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "server/account/letter_list.h"
#include "server/account/location.h"
#include "server/body/message_body.h"
#include "server/room/room_text.h"
#include "server/sdp/text.h"
#include "server/sip/call_internal.h"
#include "server/sip/notice.h"
#include "server/sip/registrar.h"
#include "server/sip/tunnel.h"
#include "server/sip/uri.h"

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_PHONES = 8,
    NAME_BYTES = 65,
    TAG_BYTES = 17,
    CALL_ID_BYTES = 25,
    FROM_BYTES = 2 * PARTICIPANT_NAME_BYTES + PARTICIPANT_URI_BYTES + TAG_BYTES + 16,
    CLEAN_BYTES = ROOM_TEXT_GROWTH * LETTERS_MOST_BYTES + 1,
};

/* A phone whose answer is awaited. */
struct post {
    nua_handle_t *handle;
    char phone[LOCATION_ID_BYTES];
    bool is_notice; /* if it does not know those, it gets the text */
};

/* One letter on its way to the phones of one account. */
struct round {
    char account[NAME_BYTES];
    int64_t id;
    bool is_taken; /* by one of them */
    unsigned count;
    struct post post[MOST_PHONES]; /* [count] */
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
        nua_handle_destroy(round->post[--round->count].handle);
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
    char tag[TAG_BYTES];
    random_name(tag, sizeof(tag));
    text_add(&text, "<%s>;tag=%s", letter->from_uri, tag);
}

/* A letter on its way. */
struct sending {
    struct ua *ua;
    struct round *round;
    const char *only; /* this phone, with the text of a notice; NULL: all */
    const struct seal *seal;
    const struct letter *letter;
    const char *type, *text;
};

static void send_to(const struct sending *sending, const struct binding *phone)
{
    struct uri_target flow;
    struct sealed sealed;
    struct round *round = sending->round;
    char from[FROM_BYTES], to[LOCATION_TEXT_BYTES + 2], call_id[CALL_ID_BYTES];
    char start[LOCATION_TEXT_BYTES + 24];
    write_from(sending->letter, from);
    random_name(call_id, sizeof(call_id));
    snprintf(to, sizeof(to), "<%s>", phone->uri);
    snprintf(start, sizeof(start), "MESSAGE %s SIP/2.0", phone->uri);
    const struct tunnel_lines lines = {
        .start = start, .from = from, .to = to, .call_id = call_id, .date = sip_now()};
    seal_make(
        sending->seal, SEAL_MESSAGE,
        &(struct seal_text){.type = sending->type, .text = sending->text, .lines = &lines},
        &sealed);
    struct ua_line *line =
        uri_target(phone->flow, &flow) == 0 ? call_choose_line(sending->ua, &flow) : NULL;
    nua_handle_t *handle =
        line && sealed.payload ? nua_handle(line->nua, NULL, TAG_END()) : NULL;
    if (!handle) {
        sealed_finish(&sealed);
        return;
    }
    nua_message(handle, NUTAG_URL(phone->uri), NUTAG_PROXY(phone->flow),
                TAG_IF(phone->path[0], NUTAG_INITIAL_ROUTE_STR(phone->path)), SIPTAG_TO_STR(to),
                SIPTAG_FROM_STR(from), SIPTAG_CALL_ID_STR(call_id), SEALED_TAGS(&sealed),
                TAG_END());
    sealed_finish(&sealed);
    struct post *post = &round->post[round->count++];
    *post = (struct post){.handle = handle};
    memcpy(post->phone, phone->id, sizeof(post->phone));
}

/* How it goes. @return its type, and @p text: "": the letter's own. */
static const char *dress(const struct sending *sending, const struct letter *letter,
                         char text[NOTICE_TEXT_BYTES])
{
    struct file_notice notice;
    const struct slice body = {letter->text, strlen(letter->text)};
    if (letter->is_notice && !sending->only)
        return FILE_NOTICE_TYPE;
    if (letter->is_notice && file_notice_read(body, &notice) == 0)
        notice_write_text(&notice, text);
    return "text/plain;charset=UTF-8";
}

static void send_letter(void *context, const struct letter *letter)
{
    struct sending sending = *(const struct sending *)context;
    struct ua *ua = sending.ua;
    struct round *round = sending.round;
    struct seal seal;
    char text[NOTICE_TEXT_BYTES] = "";
    if (sending.only && letter->id != round->id)
        return; /* that one is gone meanwhile: another's turn is that of all phones */
    round->id = letter->id;
    const struct account *account = account_list_find(ua->config.accounts, round->account);
    seal_begin_to(&seal, ua, account);
    bool fits = seal_demand(&seal, SEAL_MESSAGE) == 0;
    if (!fits)
        log_warn("sip",
                 "account %s: a message waits: S/MIME is required, and there is no certificate",
                 round->account);
    sending.seal = &seal;
    sending.letter = letter;
    sending.type = dress(&sending, letter, text);
    sending.text = text[0] ? text : letter->text;
    const struct binding *first = registrar_first(ua, round->account), *phone = first;
    for (; fits && phone && round->count < MOST_PHONES; phone = phone->next) {
        if (sending.only ? strcmp(phone->id, sending.only) == 0
                         : !location_is_other_flow(first, phone))
            send_to(&sending, phone);
    }
    for (unsigned i = 0; !sending.only && i < round->count; i++)
        round->post[i].is_notice = letter->is_notice;
    seal_finish(&seal);
}

/* The oldest goes out. @return false: there is none, or nobody to send it to. */
static bool send_oldest(struct ua *ua, struct round *round)
{
    round->is_taken = false;
    return letter_list_first(ua->config.letters, round->account, send_letter,
                             &(struct sending){.ua = ua, .round = round}) == 0 &&
           round->count > 0;
}

void letters_deliver(struct ua *ua, const char *account)
{
    if (!registrar_first(ua, account))
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

/* @p post has said that it does not know notices: it gets the text. @return false: it cannot.
 */
static bool send_text(struct ua *ua, struct round *round, const struct post *post)
{
    const unsigned before = round->count;
    const struct sending sending = {.ua = ua, .round = round, .only = post->phone};
    letter_list_first(ua->config.letters, round->account, send_letter, (void *)&sending);
    return round->count > before;
}

static void note_answer(struct ua *ua, struct round **place, unsigned which, int status)
{
    struct round *round = *place;
    const struct post post = round->post[which];
    round->is_taken |= status < 300;
    round->post[which] = round->post[--round->count];
    nua_handle_destroy(post.handle);
    if (status == 415 && post.is_notice && send_text(ua, round, &post))
        return;
    if (!round->count)
        settle(ua, place);
}

bool letters_on_response(struct ua *ua, nua_handle_t *handle, int status)
{
    for (struct round **place = &ua->letters->first; *place; place = &(*place)->next) {
        for (unsigned i = 0; i < (*place)->count; i++) {
            if ((*place)->post[i].handle != handle)
                continue;
            if (status >= 200)
                note_answer(ua, place, i, status);
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
                         const struct message_body *body)
{
    const struct slice text = body->text;
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
    int err = letter_list_add(ua->config.letters,
                              &(struct letter){.account = account->name,
                                               .from_uri = uri,
                                               .from_name = name,
                                               .text = clean,
                                               .is_notice = body->kind == MESSAGE_BODY_FILE});
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
    if (read.kind != MESSAGE_BODY_TEXT && read.kind != MESSAGE_BODY_FILE)
        return reply_make(200, "OK"); /* who types now is of no use later */
    return keep(ua, sip, account, &read);
}
