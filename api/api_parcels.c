/*
 * api_parcels.c - /file-transfer: files that phones send in messages, as Linphone does.
 *
 * A POST without a body asks whether files are taken (204). One with a form is answered with
 * a notice (file_notice.h), which the phone then sends by SIP. Who asks proves the password of
 * an account, as to SIP; a phone that is asked for it sends the form at once.
 *
 * Source: GSMA RCC.07 section 3.5.4.8.
 */
#include "api/api_internal.h"
#include "api/api_transfer.h"
#include "mixer/base/clock.h"
#include "server/body/file_notice.h"
#include "server/call/ban.h"
#include "server/call/gate.h"
#include "server/call/proof.h"
#include "server/room/room_parcels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRY_AFTER_S = 5 };

/* ---- the head ---- */

static bool is_empty(const struct api_request *request)
{
    const char *length = api_http_header(request, "Content-Length");
    return !api_http_header(request, "Transfer-Encoding") &&
           (!length || strcmp(length, "0") == 0);
}

void api_read_parcel_head(struct api *api, struct api_request *request)
{
    (void)api;
    struct api_transfer *transfer = api_make_transfer(request);
    const char *authorization = api_http_header(request, "Authorization");
    if (!transfer)
        return;
    if (authorization && !(transfer->authorization = strdup(authorization))) {
        api_answer_errno(request, -ENOMEM);
        return;
    }
    if (is_empty(request))
        return;
    const char *type = api_http_header(request, "Content-Type");
    if (api_multipart_is_form(type)) {
        api_answer_part_error(request, api_transfer_wrap(transfer, type));
        api_read_body_length(request, transfer);
        return;
    }
    request->answer.accepts = "multipart/form-data";
    api_problem(&request->answer, 415, "wrong_media_type", "The body has to be %s.",
                request->answer.accepts);
}

/* ---- who sends it ---- */

/* @return false: the request is answered. */
static bool may_ask(struct api *api, struct api_request *request)
{
    const struct sockaddr *source = (const struct sockaddr *)&request->source;
    const int64_t now_ns = clock_monotonic_ns();
    struct api_answer *answer = &request->answer;
    if (!api->config.proof)
        api_problem(answer, 501, "no_files", "Accounts send no files here.");
    else if (!gate_admit(api->gate, source, now_ns))
        api_problem(answer, 429, "too_many_requests",
                    "Too many requests come from your address.");
    else if (ban_holds(api->config.bans, source, now_ns))
        api_problem(answer, 429, "too_many_wrong_passwords",
                    "Too many wrong passwords came from your address.");
    if (answer->status == 429)
        answer->retry_after_s = RETRY_AFTER_S;
    return !answer->status;
}

static void challenge(struct api *api, struct api_request *request, bool is_stale)
{
    char text[PROOF_CHALLENGES][DIGEST_CHALLENGE_BYTES];
    const unsigned count =
        proof_challenge(api->config.proof, (const struct sockaddr *)&request->source, is_stale,
                        clock_monotonic_ns(), text);
    api_problem(&request->answer, 401, "no_password",
                "The name and the password of an account are needed (Digest).");
    for (unsigned i = 0; i < count; i++)
        api_answer_header(&request->answer, "WWW-Authenticate", "%s", text[i]);
}

/* What stands in front of it is a proxy's: a host, a path of its own. */
static bool is_for_here(struct slice uri, const char *target)
{
    const size_t length = strlen(target);
    return uri.length >= length && memcmp(uri.at + uri.length - length, target, length) == 0;
}

/* @return NULL: the request is answered. */
static const struct account *account_of(struct api *api, struct api_request *request)
{
    const char *header = request->transfer->authorization;
    struct digest_credentials credentials;
    const struct account *account = NULL;
    enum proof_verdict verdict = PROOF_WRONG;
    if (header && proof_read(api->config.proof, header, &credentials))
        verdict = proof_judge(api->config.proof, &credentials,
                              &(struct proof_asked){
                                  .source = (const struct sockaddr *)&request->source,
                                  .method = api_method_word(request->method),
                                  .body = {"", 0},
                                  .is_for_here = is_for_here(credentials.uri, request->target),
                                  .now_ns = clock_monotonic_ns(),
                              },
                              &account);
    if (verdict != PROOF_PASSED)
        challenge(api, request, verdict == PROOF_STALE);
    return account;
}

/* ---- its bytes ---- */

static void answer_no_parcel(struct api *api, struct api_request *request, int err)
{
    struct api_answer *answer = &request->answer;
    if (err == -EDQUOT)
        api_problem(answer, 507, "account_quota",
                    "The files of this account would be too many bytes.");
    else if (err == -EUSERS)
        api_problem(answer, 507, "too_many_files", "An account has %d files, and no more.",
                    ROOM_MAX_FILES);
    else
        api_answer_no_space(api, request, err);
}

void api_admit_parcel(struct api *api, struct api_request *request)
{
    struct api_transfer *transfer = request->transfer;
    struct room_file *file;
    const struct account *account = may_ask(api, request) ? account_of(api, request) : NULL;
    if (!account)
        return;
    if (!transfer->form) {
        api_answer_empty(&request->answer, 204);
        return;
    }
    int err = room_parcel_open(api->config.rooms, account->name, transfer->length, &file);
    if (err < 0) {
        answer_no_parcel(api, request, err);
        return;
    }
    err = room_file_lend(file, &transfer->part);
    if (err < 0) {
        room_file_remove(file, ROOM_FILE_DELETED);
        api_answer_errno(request, err);
    }
}

static void answer_notice(struct api_request *request, struct room_file *file)
{
    const struct room_file_info *info = room_file_info(file);
    struct api_answer *answer = &request->answer;
    struct file_notice notice = {.bytes = info->bytes};
    char path[API_LOCATION_BYTES];
    snprintf(path, sizeof(path), "/file-transfer/%s", info->id);
    snprintf(notice.name, sizeof(notice.name), "%s", info->name);
    snprintf(notice.type, sizeof(notice.type), "%s", info->type);
    clock_format(info->expires_ns, notice.until);
    char *text =
        api_url_write(request->api, path, notice.url) ? file_notice_write(&notice) : NULL;
    if (!text) {
        api_answer_errno(request, -ENOMEM);
        return;
    }
    answer->status = 200;
    answer->text = text;
    answer->text_length = strlen(text);
    answer->content_type = FILE_NOTICE_TYPE;
}

void api_finish_parcel(struct api *api, struct api_request *request)
{
    char name[ROOM_FILE_NAME_BYTES] = "";
    struct room_file *file = api_take_file_home(request);
    if (!file)
        return;
    const char *said = api_multipart_name(request->transfer->form);
    if (strlen(said) < sizeof(name))
        memcpy(name, said, strlen(said) + 1);
    file_notice_decode_name(name);
    if (api_name_file(request, file, name))
        api_upload_waits_check(&api->upload_waits, request, file, answer_notice);
    if (!request->is_held)
        room_file_remove(file, ROOM_FILE_DELETED);
}

/* Whoever was told its id may have it. */
void api_find_parcel(struct api *api, struct api_request *request)
{
    const struct room_file *file = room_parcel_find(api->config.rooms, request->id);
    if (file)
        api_lend_content(request, file);
    else
        api_problem(&request->answer, 404, "no_such_file", "There is no such file (any more).");
}
