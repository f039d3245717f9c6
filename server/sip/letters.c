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
#include "server/sip/destination.h"
#include "server/sip/notice.h"
#include "server/sip/phone_way.h"
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
    MESSAGE_ID_BYTES = 129,
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

/* Who is told that a letter is delivered. */
struct receipt {
    char account[NAME_BYTES]; /* ""; nobody */
    char to_uri[PARTICIPANT_URI_BYTES], message_id[MESSAGE_ID_BYTES];
};

/* One letter on its way to the phones of one account. */
struct round {
    char account[NAME_BYTES];
    int64_t id;
    enum letter_kind kind;
    struct receipt receipt;
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
    static const char cseq[] = "1 MESSAGE"; /* known, as it is in no dialog */
    struct phone_way way;
    struct sealed sealed;
    struct round *round = sending->round;
    char from[FROM_BYTES], to[LOCATION_TEXT_BYTES + 2], call_id[CALL_ID_BYTES];
    char start[LOCATION_TEXT_BYTES + 24];
    write_from(sending->letter, from);
    random_name(call_id, sizeof(call_id));
    snprintf(to, sizeof(to), "<%s>", phone->uri);
    snprintf(start, sizeof(start), "MESSAGE %s SIP/2.0", phone->uri);
    const struct tunnel_lines lines = {.start = start,
                                       .from = from,
                                       .to = to,
                                       .call_id = call_id,
                                       .cseq = cseq,
                                       .date = sip_now()};
    seal_make(
        sending->seal, SEAL_MESSAGE,
        &(struct seal_text){.type = sending->type, .text = sending->text, .lines = &lines},
        &sealed);
    const bool is_known = phone_way_find(sending->ua, phone->flow, &way) == 0;
    nua_handle_t *handle =
        is_known && sealed.payload ? nua_handle(way.line->nua, NULL, TAG_END()) : NULL;
    if (!handle) {
        sealed_finish(&sealed);
        return;
    }
    nua_message(handle, NUTAG_URL(phone->uri), NUTAG_PROXY(way.hop),
                TAG_IF(phone->path[0], NUTAG_INITIAL_ROUTE_STR(phone->path)), SIPTAG_TO_STR(to),
                SIPTAG_FROM_STR(from), SIPTAG_CALL_ID_STR(call_id), SIPTAG_CSEQ_STR(cseq),
                SEALED_TAGS(&sealed), TAG_END());
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
    if (letter->kind == LETTER_RECEIPT)
        return CPIM_TYPE;
    if (letter->kind == LETTER_NOTICE && !sending->only)
        return FILE_NOTICE_TYPE;
    if (letter->kind == LETTER_NOTICE && file_notice_read(body, &notice) == 0)
        notice_write_text(&notice, text);
    return "text/plain;charset=UTF-8";
}

/* That it is an account's was seen when it came: an address in a letter has no port. */
static const struct account *find_sender(const struct ua *ua, const struct letter *letter)
{
    char uri[PARTICIPANT_URI_BYTES + NAME_BYTES];
    const char *user = strchr(letter->from_uri, ':');
    if (!letter->message_id[0] || !user)
        return NULL;
    snprintf(uri, sizeof(uri), "sip:%.*s@%s", (int)strcspn(user + 1, "@"), user + 1,
             ua->config.realm);
    return destination_own_account(ua, uri);
}

static void note_receipt(struct ua *ua, const struct letter *letter, struct receipt *receipt)
{
    const struct account *sender = find_sender(ua, letter);
    snprintf(receipt->account, sizeof(receipt->account), "%s", sender ? sender->name : "");
    snprintf(receipt->to_uri, sizeof(receipt->to_uri), "%s", letter->from_uri);
    snprintf(receipt->message_id, sizeof(receipt->message_id), "%s", letter->message_id);
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
    round->kind = letter->kind;
    note_receipt(ua, letter, &round->receipt);
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
        round->post[i].is_notice = letter->kind == LETTER_NOTICE;
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

/* From @p account, at the host by which the sender knows us. */
static void give_receipt(struct ua *ua, const struct receipt *receipt, const char *account)
{
    struct uri_target sender;
    char own[sizeof("sip:@") + PARTICIPANT_URI_BYTES + NAME_BYTES];
    if (!receipt->account[0] || uri_target(receipt->to_uri, &sender) < 0)
        return;
    snprintf(own, sizeof(own), "sip:%s@%s", account, sender.host);
    char *body = message_body_write_receipt(
        own, receipt->to_uri, (struct slice){receipt->message_id, strlen(receipt->message_id)});
    int err =
        body ? letter_list_add(ua->config.letters, &(struct letter){.account = receipt->account,
                                                                    .from_uri = own,
                                                                    .from_name = "",
                                                                    .text = body,
                                                                    .kind = LETTER_RECEIPT})
             : -ENOMEM;
    free(body);
    if (err == 0)
        letters_deliver(ua, receipt->account);
}

/* All phones have said what they make of it: on to the next, or that was all for now. */
static void settle(struct ua *ua, struct round **place)
{
    struct round *round = *place;
    const struct receipt receipt = round->receipt;
    const bool is_taken = round->is_taken;
    char account[NAME_BYTES];
    memcpy(account, round->account, sizeof(account));
    log_info("sip", "account %s: a message %s", account,
             is_taken ? "is delivered" : "waits: no phone takes it");
    bool goes_on = (is_taken || round->kind == LETTER_RECEIPT) &&
                   letter_list_delete(ua->config.letters, round->id) == 0 &&
                   send_oldest(ua, round);
    if (!goes_on) {
        *place = round->next;
        end_round(round);
    }
    if (is_taken) /* at last, as it may begin another round */
        give_receipt(ua, &receipt, account);
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

/* "": no account wants a receipt, or what it is called cannot be said again. */
static void read_message_id(const struct ua *ua, const sip_t *sip,
                            const struct message_body *body, char out[MESSAGE_ID_BYTES])
{
    struct uri_target from;
    const struct slice id = body->envelope.message_id;
    if (!body->has_envelope || !body->envelope.wants_delivered ||
        uri_target_of(sip->sip_from->a_url, &from) < 0 ||
        !destination_own_account(ua, from.text) || !slice_copy(id, out, MESSAGE_ID_BYTES))
        out[0] = '\0';
    for (const char *at = out; *at; at++) {
        if (*at <= ' ' || *at > '~') {
            out[0] = '\0';
            return;
        }
    }
}

static struct reply keep(struct ua *ua, const sip_t *sip, const struct account *account,
                         const struct message_body *body)
{
    const struct slice text = body->text;
    char name[PARTICIPANT_NAME_BYTES], uri[PARTICIPANT_URI_BYTES], clean[CLEAN_BYTES];
    char message_id[MESSAGE_ID_BYTES];
    if (text.length > LETTERS_MOST_BYTES)
        return call_message_reply(-EMSGSIZE);
    if (!room_text_clean_lines(clean, sizeof(clean), text.at, text.length))
        return call_message_reply(-EINVAL);
    uri_display(sip->sip_from->a_display, name, sizeof(name));
    room_text_clean(name, sizeof(name), name);
    uri_plain(sip->sip_from->a_url, uri, sizeof(uri));
    if (!uri_is_clean(uri))
        return reply_make(400, "Bad Request: From");
    read_message_id(ua, sip, body, message_id);
    int err = letter_list_add(
        ua->config.letters,
        &(struct letter){.account = account->name,
                         .from_uri = uri,
                         .from_name = name,
                         .text = clean,
                         .kind = body->kind == MESSAGE_BODY_FILE ? LETTER_NOTICE : LETTER_TEXT,
                         .message_id = message_id});
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
