/* call_file.c - sections of SDP become transfers; each has a session of its own. */
#include "server/sip/call_file.h"

#include "mixer/base/hex.h"
#include "mixer/base/log.h"
#include "server/room/room_parcels.h"
#include "server/room/room_policy.h"
#include "server/sip/call_courier.h"
#include "server/sip/call_file_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the end ---- */

void call_file_destroy(struct call_file *file)
{
    call_push_on_dropped(file);
    msrp_session_destroy(file->session); /* and with it the sink */
    file_source_unref(file->source);
    free(file);
}

/* Who hears of it may end others: so from the begin again, after each. */
void call_files_drop(struct call *call, bool (*is_gone)(const struct call_file *file))
{
    struct call_file **at = &call->files;
    while (*at) {
        struct call_file *file = *at;
        if (!is_gone(file)) {
            at = &file->next;
            continue;
        }
        *at = file->next;
        call_file_destroy(file);
        at = &call->files;
    }
}

bool call_file_is_new(const struct call_file *file)
{
    return file->is_new;
}

static bool is_unsaid(const struct call_file *file)
{
    return !file->is_said;
}

static bool is_any(const struct call_file *file)
{
    (void)file;
    return true;
}

void call_files_withdraw(struct call *call)
{
    call_files_drop(call, call_file_is_new);
    for (struct call_file *file = call->files; file; file = file->next)
        file->is_said = true;
}

void call_files_end(struct call *call)
{
    for (struct call_file *file = call->files; file; file = file->next)
        file->offer[0] = '\0'; /* the room knows better why */
    call_files_drop(call, is_any);
    call_courier_end(call);
}

/* ---- what the session says ---- */

static void on_sent(void *context, const struct msrp_sent *sent)
{
    struct call_file *file = context;
    log_often("msrp", file->call->id, NULL, "a file has %s: %u",
              sent->status == 200 ? "gone" : "not gone", sent->status);
    if (file->offer[0])
        call_push_on_sent(file, sent);
}

/* Requests come to the sink; whoever fetches has nothing to say. */
static void on_request(void *context, struct msrp_session *session,
                       struct msrp_incoming *request)
{
    (void)context;
    msrp_session_answer(session, request, 403);
}

static void on_state(void *context, enum msrp_state state)
{
    struct call_file *file = context;
    if (state == MSRP_STATE_FAILED && file->offer[0])
        call_push_on_unreachable(file);
}

static const struct msrp_listener listener = {on_request, on_sent, on_state};

/* ---- which file ---- */

static bool is_hash(const char *hex, const uint8_t *hash, size_t bytes)
{
    char text[FILE_SHA256_BYTES];
    hex_write(text, hash, bytes);
    return strcmp(hex, text) == 0;
}

/* What it says has to be so, all of it. */
static bool fits(const struct room_file_info *info, const struct file_selector *selector)
{
    const bool has_hash = selector->has_sha1 || selector->has_sha256;
    const bool says_something =
        selector->name[0] || selector->type[0] || selector->has_size || has_hash;
    return says_something && (has_hash || !selector->has_other_hash) &&
           (!selector->has_sha1 ||
            is_hash(info->sha1, selector->sha1, sizeof(selector->sha1))) &&
           (!selector->has_sha256 ||
            is_hash(info->sha256, selector->sha256, sizeof(selector->sha256))) &&
           (!selector->name[0] || strcmp(selector->name, info->name) == 0) &&
           (!selector->type[0] || strcasecmp(selector->type, info->type) == 0) &&
           (!selector->has_size || selector->size == info->bytes);
}

static const struct room_file *find_file(const struct room *room,
                                         const struct file_selector *selector)
{
    const struct room_file *file = room_file_first(room);
    while (file && !fits(room_file_info(file), selector))
        file = room_file_next(file);
    return file;
}

void call_file_describe(struct call_file *file, const struct room_file *from)
{
    const struct room_file_info *info = room_file_info(from);
    struct file_selector *selector = &file->selector;
    snprintf(file->type, sizeof(file->type), "%s", info->type);
    snprintf(selector->name, sizeof(selector->name), "%s", info->name);
    snprintf(selector->type, sizeof(selector->type), "%s", info->type);
    selector->has_size = true;
    selector->size = info->bytes;
    selector->has_sha1 = hex_read(info->sha1, selector->sha1, sizeof(selector->sha1));
}

/* ---- from the door on ---- */

/* What is cut off can go on: it is the same file whatever it is called, and whoever sends it.
 */
static bool is_known_by_hash(const struct file_selector *selector)
{
    return selector->has_size && selector->has_sha1;
}

/* Its place among the room's files: a new one, or where it was cut off. */
static int take_in(const struct call *call, const struct call_file *file)
{
    const struct file_selector *selector = &file->selector;
    const struct participant_info *info = participant_info(call->participant);
    struct room *room = participant_room(call->participant);
    char name[PARTICIPANT_NAME_BYTES], sha1[FILE_SHA1_BYTES];
    struct room_file *coming;
    participant_shown_name(call->participant, name);
    if (!room_policy_allows(room_settings(room)->may_share, info->role))
        return -EPERM;
    hex_write(sha1, selector->sha1, sizeof(selector->sha1));
    const struct room_file_plan plan = {.name = selector->name,
                                        .bytes = selector->size,
                                        .is_announced = selector->has_size,
                                        .is_resumable = is_known_by_hash(selector),
                                        .sharer = name,
                                        .sharer_id = info->id,
                                        .sha1 = selector->has_sha1 ? sha1 : NULL};
    int err = plan.is_resumable ? room_file_resume(room, &plan, &coming) : -ENOENT;
    if (err == 0 && room_file_info(coming)->offset < file->first - 1)
        return -ERANGE;
    if (err == -ENOENT && file->first == 1)
        err = room_file_open(room, &plan, &coming);
    return err < 0 ? err : file_sink_give(file->sink, coming);
}

static int give_out(const struct call *call, struct call_file *file)
{
    const struct room_file *found =
        find_file(participant_room(call->participant), &file->selector);
    if (!found)
        return -ENOENT;
    call_file_describe(file, found);
    return file_source_open(found, file->first, file->last, &file->source);
}

/* Who is outside takes no room among the files, and does not hear which there are. */
static int prepare(const struct call *call, struct call_file *file)
{
    if (file->sink)
        return file_sink_has_file(file->sink) ? 0 : take_in(call, file);
    return file->source ? 0 : give_out(call, file);
}

static int send_out(struct call_file *file)
{
    const struct msrp_out out = {.type = file->type,
                                 .source = file_source_functions(),
                                 .source_context = file_source_ref(file->source),
                                 .length = file_source_end(file->source),
                                 .offset = file->first - 1};
    const int err = msrp_session_send(file->session, &out);
    if (err < 0)
        file_source_unref(file->source);
    return err;
}

int call_file_begin(struct call_file *file)
{
    int err = call_push_is_wanted(file) ? 0 : -ECANCELED;
    if (err == 0)
        err = prepare(file->call, file); /* of who had to wait at the door: only now */
    if (err == 0 && file->sink)
        file_sink_open(file->sink);
    else if (err == 0)
        err = send_out(file);
    if (err < 0)
        return err;
    file->has_begun = true;
    file->is_over = false;
    if (file->offer[0])
        call_push_on_begun(file);
    return 0;
}

static bool is_unbegun(const struct call_file *file)
{
    return file->is_over && !file->has_begun;
}

static struct call_file *next_to_begin(const struct call *call)
{
    struct call_file *file = call->files;
    while (file && (file->has_begun || file->is_new || file->is_over))
        file = file->next;
    return file;
}

static void begin_all(struct call *call)
{
    struct call_file *file;
    while (call->participant &&
           participant_info(call->participant)->state == PARTICIPANT_CONNECTED &&
           (file = next_to_begin(call))) {
        file->is_over = true; /* unless it begins */
        const int err = call_file_begin(file);
        if (err < 0)
            log_often("msrp", call->id, NULL, "a file cannot go its way: %s", strerror(-err));
    }
    call_files_drop(call, is_unbegun);
}

void call_files_on_room_event(struct ua *ua, const struct room_event *event)
{
    if (event->kind != ROOM_EVENT_PARTICIPANT_JOINED)
        return;
    for (struct call *call = ua->calls; call; call = call->next) {
        if (call->participant != event->participant)
            continue;
        begin_all(call);
        call_push_look(call);
    }
}

void call_files_commit(struct call *call)
{
    call_files_drop(call, is_unsaid);
    for (struct call_file *file = call->files; file; file = file->next)
        file->is_new = false;
    begin_all(call);
}

/* ---- sections ---- */

int call_file_open_session(struct call_file *file, const char *address)
{
    file->session = msrp_session_create(file->call->ua->msrp,
                                        &(struct msrp_session_config){
                                            .call = file->call->id,
                                            .is_tls = file->is_tls,
                                            .host = address,
                                            .listener = &listener,
                                            .context = file,
                                            .sink = file->sink ? file_sink_functions() : NULL,
                                            .sink_context = file->sink,
                                        });
    return file->session ? 0 : -ENOBUFS;
}

static void write_selector(const struct call_file *file, struct slice as_it_came,
                           struct text *text)
{
    if (!as_it_came.length) {
        file_selector_write(&file->selector, text);
        return;
    }
    text_add(text, "a=file-selector:");
    text_add_bytes(text, as_it_came.at, as_it_came.length);
    text_add(text, "\r\n");
}

static void write_range(const struct call_file *file, struct text *text)
{
    const uint64_t last = file->source ? file_source_end(file->source) : file->last;
    text_add(text, "a=file-range:%" PRIu64 "-", file->first);
    if (last == UINT64_MAX)
        text_add(text, "*\r\n");
    else
        text_add(text, "%" PRIu64 "\r\n", last);
}

bool call_file_write_lines(struct call_file *file, const struct message_section *section,
                           struct slice selector_text, enum setup ours)
{
    struct text text;
    text_init(&text, file->lines, sizeof(file->lines));
    text_add(&text, "a=%s\r\na=accept-types:*\r\na=path:%s\r\n",
             file->comes_in ? "recvonly" : "sendonly", msrp_session_path(file->session));
    write_selector(file, selector_text, &text);
    text_add(&text, "a=file-transfer-id:%s\r\n", file->id);
    if (file->offer[0])
        text_add(&text, "a=file-disposition:attachment\r\n");
    if (file->first > 1)
        write_range(file, &text);
    msrp_setup_write(file->call, section, ours, &text);
    return !text.full;
}

static bool may_come_in(const struct call_file *file)
{
    const struct file_selector *selector = &file->selector;
    const bool to_end = file->last == UINT64_MAX || file->last == selector->size;
    return room_file_name_is_valid(selector->name) &&
           (file->first == 1 || (is_known_by_hash(selector) && to_end));
}

static int make_sink(const struct call *call, struct call_file *file)
{
    return file_sink_create(&(struct file_sink_plan){.loop = call->ua->config.loop,
                                                     .call = call->id,
                                                     .first = file->first,
                                                     .selector = &file->selector},
                            &file->sink);
}

static int open_transfer(struct call *call, const struct message_section *section,
                         const struct file_section *asked, const char *address,
                         struct call_file *file)
{
    struct msrp_far_end far_end;
    const enum setup ours = fingerprint_lines_answer(section->security.setup, SETUP_NONE);
    file->is_tls = section->is_tls;
    file->comes_in = section->direction == MEDIA_SENDONLY;
    if (!msrp_setup_is_possible(call, section) ||
        !msrp_setup_far_end(call, section, ours, &far_end))
        return -ENOTSUP;
    if ((!file->comes_in && section->direction != MEDIA_RECVONLY) ||
        (file->comes_in && !may_come_in(file)))
        return -EINVAL;
    int err = file->comes_in ? make_sink(call, file) : 0;
    if (err == 0 && !participant_is_outside(call->participant))
        err = prepare(call, file);
    if (err < 0) {
        file_sink_destroy(file->sink);
        return err;
    }
    err = call_file_open_session(file, address);
    if (err < 0) {
        file_sink_destroy(file->sink);
        return err;
    }
    const struct slice as_it_came = file->source ? (struct slice){"", 0} : asked->selector_text;
    if (msrp_session_connect(file->session, &far_end) < 0 ||
        !call_file_write_lines(file, section, as_it_came, ours))
        return -EBADMSG;
    return 0;
}

static struct call_file *find(const struct call *call, const char *id)
{
    struct call_file *file = call->files;
    while (file && strcmp(file->id, id) != 0)
        file = file->next;
    return file;
}

static unsigned count(const struct call *call)
{
    unsigned count = 0;
    for (const struct call_file *file = call->files; file; file = file->next)
        count++;
    return count;
}

bool call_files_have_room(const struct call *call)
{
    return count(call) < CALL_FILES_MOST;
}

struct call_file *call_file_create(struct call *call, const char *id)
{
    struct call_file *made = calloc(1, sizeof(*made));
    if (!made)
        return NULL;
    made->call = call;
    snprintf(made->id, sizeof(made->id), "%s", id);
    made->is_new = true;
    return made;
}

void call_file_enlist(struct call_file *file)
{
    file->next = file->call->files;
    file->call->files = file;
}

/* @return NULL: it cannot be had. */
static struct call_file *make(struct call *call, const struct message_section *section,
                              const struct file_section *asked, const char *address)
{
    struct call_file *made =
        call_files_have_room(call) ? call_file_create(call, asked->id) : NULL;
    if (!made)
        return NULL;
    made->selector = asked->selector;
    made->first = asked->first;
    made->last = asked->last;
    const int err = open_transfer(call, section, asked, address, made);
    if (err == 0) {
        call->push.knows_files = true;
        call_file_enlist(made);
        return made;
    }
    log_often("msrp", call->id, NULL, "a file that is offered or asked for cannot be had: %s",
              strerror(-err));
    call_file_destroy(made);
    return NULL;
}

void call_file_add_local(const struct call_file *file, struct offer_local *local)
{
    if (local->message_count == OFFER_MAX_MESSAGES)
        return;
    local->message[local->message_count++] = (struct offer_message_local){
        .index = file->index,
        .is_tls = file->is_tls,
        .port = msrp_service_port(file->call->ua->msrp, file->is_tls),
        .lines = file->lines,
    };
}

void call_files_answer(struct call *call, const struct offer *offer, struct offer_local *local)
{
    const struct message_section *sections;
    const unsigned all = offer_messages(offer, &sections);
    call_files_drop(call, call_file_is_new); /* of an answer that was not sent */
    for (struct call_file *file = call->files; file; file = file->next)
        file->is_said = false;
    for (unsigned i = 0; call->ua->msrp && i < all; i++) {
        struct file_section asked;
        if (file_section_read(sections[i].lines, &asked) < 0)
            continue;
        struct call_file *file = find(call, asked.id);
        if (!file)
            file = make(call, &sections[i], &asked, local->address);
        if (!file)
            continue;
        file->is_said = true;
        file->index = sections[i].index;
        call_file_add_local(file, local);
    }
}

void call_files_offer(const struct call *call, struct offer_local *local)
{
    for (const struct call_file *file = call->files; file; file = file->next)
        call_file_add_local(file, local);
}

void call_files_note_places(struct call *call, const struct offer_local *local)
{
    for (struct call_file *file = call->files; file; file = file->next) {
        for (unsigned i = 0; i < local->message_count; i++) {
            if (local->message[i].lines == file->lines)
                file->index = local->message[i].index;
        }
    }
}

static bool is_answered(struct call_file *file, const struct message_section *sections,
                        unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (sections[i].index == file->index)
            return !file->is_new || call_push_accept(file, &sections[i]);
    }
    return false;
}

bool call_files_accept(struct call *call, const struct offer *answer)
{
    const struct message_section *sections;
    const unsigned all = offer_messages(answer, &sections);
    bool has_any = false;
    for (struct call_file *file = call->files; file; file = file->next) {
        file->is_said = is_answered(file, sections, all);
        has_any |= file->is_said;
    }
    return has_any;
}
