/* call_file.c - sections of SDP become transfers; each has a session of its own. */
#include "server/sip/call_file.h"

#include "mixer/base/log.h"
#include "server/room/room_files.h"
#include "server/room/room_parcels.h"
#include "server/room/room_policy.h"
#include "server/sdp/file_selector.h"
#include "server/sip/call_internal.h"
#include "server/sip/file_sink.h"
#include "server/sip/file_source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct call_file {
    struct call_file *next;
    char id[FILE_SELECTOR_ID_BYTES];
    unsigned index; /* of its m= line */
    bool is_tls;
    bool is_new;  /* not agreed on yet */
    bool is_said; /* by the offer, or the answer, at hand */
    bool has_begun, is_over;
    struct msrp_session *session;
    bool comes_in;
    struct file_selector selector; /* what was asked for, or offered */
    uint64_t first, last;
    struct file_sink *sink;     /* comes in: the session's, borrowed */
    struct file_source *source; /* goes out: owned until it is sent  */
    char type[FILE_TYPE_BYTES]; /* of that                           */
    char lines[OFFER_MESSAGE_BYTES];
};

/* ---- the end ---- */

static void destroy(struct call_file *file)
{
    msrp_session_destroy(file->session); /* and with it the sink */
    file_source_close(file->source);
    free(file);
}

/* Those of which @p is_gone says so. */
static void end_some(struct call *call, bool (*is_gone)(const struct call_file *file))
{
    struct call_file **at = &call->files;
    while (*at) {
        struct call_file *file = *at;
        if (!is_gone(file)) {
            at = &file->next;
            continue;
        }
        *at = file->next;
        destroy(file);
    }
}

static bool is_new(const struct call_file *file)
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
    end_some(call, is_new);
    for (struct call_file *file = call->files; file; file = file->next)
        file->is_said = true;
}

void call_files_end(struct call *call)
{
    end_some(call, is_any);
}

/* ---- what goes out ---- */

static void on_sent(void *context, uint64_t tag, unsigned status)
{
    const struct call *call = context;
    (void)tag;
    log_often("msrp", call->id, NULL, "a file has %s: %u", status == 200 ? "gone" : "not gone",
              status);
}

/* Requests come to the sink; whoever fetches has nothing to say. */
static void on_request(void *context, struct msrp_session *session,
                       struct msrp_incoming *request)
{
    (void)context;
    msrp_session_answer(session, request, 403);
}

static const struct msrp_listener listener = {.on_request = on_request, .on_sent = on_sent};

/* ---- which file ---- */

/* What it says has to be so, all of it. */
static bool fits(const struct room_file_info *info, const struct file_selector *selector)
{
    const bool says_something = selector->name[0] || selector->type[0] || selector->has_size;
    return says_something && !selector->has_sha1 && !selector->has_other_hash &&
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

/* ---- from the door on ---- */

/* Its place among the room's files. */
static int take_in(const struct call *call, const struct call_file *file)
{
    const struct file_selector *selector = &file->selector;
    const struct participant_info *info = participant_info(call->participant);
    struct room *room = participant_room(call->participant);
    char name[PARTICIPANT_NAME_BYTES];
    struct room_file *coming;
    participant_shown_name(call->participant, name);
    if (!room_policy_allows(room_settings(room)->may_share, info->role))
        return -EPERM;
    const int err = room_file_open(room,
                                   &(struct room_file_plan){.name = selector->name,
                                                            .bytes = selector->size,
                                                            .is_announced = selector->has_size,
                                                            .sharer = name,
                                                            .sharer_id = info->id},
                                   &coming);
    return err < 0 ? err : file_sink_give(file->sink, coming);
}

static int give_out(const struct call *call, struct call_file *file)
{
    const struct room_file *found =
        find_file(participant_room(call->participant), &file->selector);
    if (!found)
        return -ENOENT;
    snprintf(file->type, sizeof(file->type), "%s", room_file_info(found)->type);
    return file_source_open(found, file->first, file->last, &file->source);
}

/* Who is outside takes no room among the files, and does not hear which there are. */
static int prepare(const struct call *call, struct call_file *file)
{
    if (file->sink)
        return file_sink_has_file(file->sink) ? 0 : take_in(call, file);
    return file->source ? 0 : give_out(call, file);
}

/* Its participant is in. @return 0; why it ends now. */
static int begin(struct call *call, struct call_file *file)
{
    int err = prepare(call, file); /* of who had to wait at the door: only now */
    if (err < 0)
        return err;
    file->has_begun = true;
    if (file->sink) {
        file_sink_open(file->sink);
        return 0;
    }
    const struct msrp_out out = {.type = file->type,
                                 .source = file_source_functions(),
                                 .source_context = file->source,
                                 .length = file_source_end(file->source),
                                 .offset = file->first - 1};
    err = msrp_session_send(file->session, &out);
    if (err == 0)
        file->source = NULL; /* the session's */
    return err;
}

static bool is_over(const struct call_file *file)
{
    return file->is_over;
}

static void begin_all(struct call *call)
{
    if (!call->participant ||
        participant_info(call->participant)->state != PARTICIPANT_CONNECTED)
        return;
    for (struct call_file *file = call->files; file; file = file->next) {
        const int err = file->has_begun || file->is_new ? 0 : begin(call, file);
        file->is_over = err < 0;
        if (err < 0)
            log_often("msrp", call->id, NULL, "a file cannot go its way: %s", strerror(-err));
    }
    end_some(call, is_over);
}

void call_files_on_room_event(struct ua *ua, const struct room_event *event)
{
    if (event->kind != ROOM_EVENT_PARTICIPANT_JOINED)
        return;
    for (struct call *call = ua->calls; call; call = call->next) {
        if (call->files && call->participant == event->participant)
            begin_all(call);
    }
}

void call_files_commit(struct call *call)
{
    end_some(call, is_unsaid);
    for (struct call_file *file = call->files; file; file = file->next)
        file->is_new = false;
    begin_all(call);
}

/* ---- sections ---- */

static struct msrp_session *open_session(struct call *call, const struct call_file *file,
                                         const char *address)
{
    char host[INET6_ADDRSTRLEN + 2];
    snprintf(host, sizeof(host), strchr(address, ':') ? "[%s]" : "%s", address);
    return msrp_session_create(call->ua->msrp,
                               &(struct msrp_session_config){
                                   .call = call->id,
                                   .is_tls = file->is_tls,
                                   .host = host,
                                   .listener = &listener,
                                   .context = call,
                                   .sink = file->sink ? file_sink_functions() : NULL,
                                   .sink_context = file->sink,
                               });
}

static void write_selector(const struct call *call, const struct file_section *asked,
                           const struct call_file *file, struct text *text)
{
    const struct room_file *found =
        file->source ? find_file(participant_room(call->participant), &file->selector) : NULL;
    struct file_selector selector = {.has_size = true};
    if (!found) {
        text_add(text, "a=file-selector:");
        text_add_bytes(text, asked->selector_text.at, asked->selector_text.length);
        text_add(text, "\r\n");
        return;
    }
    const struct room_file_info *info = room_file_info(found);
    snprintf(selector.name, sizeof(selector.name), "%s", info->name);
    snprintf(selector.type, sizeof(selector.type), "%s", info->type);
    selector.size = info->bytes;
    file_selector_write(&selector, text);
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

static bool write_lines(const struct call *call, const struct message_section *section,
                        const struct file_section *asked, enum setup ours,
                        struct call_file *file)
{
    struct text text;
    text_init(&text, file->lines, sizeof(file->lines));
    text_add(&text, "a=%s\r\na=accept-types:*\r\na=path:%s\r\n",
             file->comes_in ? "recvonly" : "sendonly", msrp_session_path(file->session));
    write_selector(call, asked, file, &text);
    text_add(&text, "a=file-transfer-id:%s\r\n", file->id);
    if (!file->comes_in && file->first > 1)
        write_range(file, &text);
    call_msrp_write_setup(call, section, ours, &text);
    return !text.full;
}

static bool may_come_in(const struct call_file *file)
{
    return room_file_name_is_valid(file->selector.name) && file->first == 1;
}

static int make_sink(const struct call *call, struct call_file *file)
{
    return file_sink_create(&(struct file_sink_plan){.loop = call->ua->config.loop,
                                                     .call = call->id,
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
    if (!call_msrp_is_possible(call, section) ||
        !call_msrp_far_end(call, section, ours, &far_end))
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
    file->session = open_session(call, file, address);
    if (!file->session) {
        file_sink_destroy(file->sink);
        return -ENOBUFS;
    }
    if (msrp_session_connect(file->session, &far_end) < 0 ||
        !write_lines(call, section, asked, ours, file))
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

/* @return NULL: it cannot be had. */
static struct call_file *make(struct call *call, const struct message_section *section,
                              const struct file_section *asked, const char *address)
{
    struct call_file *made = count(call) < CALL_FILES_MOST ? calloc(1, sizeof(*made)) : NULL;
    if (!made)
        return NULL;
    snprintf(made->id, sizeof(made->id), "%s", asked->id);
    made->is_new = true;
    made->selector = asked->selector;
    made->first = asked->first;
    made->last = asked->last;
    const int err = open_transfer(call, section, asked, address, made);
    if (err < 0) {
        log_often("msrp", call->id, NULL,
                  "a file that is offered or asked for cannot be had: %s", strerror(-err));
        destroy(made);
        return NULL;
    }
    made->next = call->files;
    call->files = made;
    return made;
}

static void add_local(const struct call *call, const struct call_file *file,
                      struct offer_local *local)
{
    if (local->message_count == OFFER_MAX_MESSAGES)
        return;
    local->message[local->message_count++] = (struct offer_message_local){
        .index = file->index,
        .is_tls = file->is_tls,
        .port = msrp_service_port(call->ua->msrp, file->is_tls),
        .lines = file->lines,
    };
}

void call_files_answer(struct call *call, const struct offer *offer, struct offer_local *local)
{
    const struct message_section *sections;
    const unsigned all = offer_messages(offer, &sections);
    end_some(call, is_new); /* of an answer that was not sent */
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
        add_local(call, file, local);
    }
}

void call_files_offer(const struct call *call, struct offer_local *local)
{
    for (const struct call_file *file = call->files; file; file = file->next)
        add_local(call, file, local);
}

bool call_files_accept(struct call *call, const struct offer *answer)
{
    const struct message_section *sections;
    const unsigned all = offer_messages(answer, &sections);
    bool has_any = false;
    for (struct call_file *file = call->files; file; file = file->next) {
        file->is_said = false;
        for (unsigned i = 0; i < all; i++)
            file->is_said |= sections[i].index == file->index;
        has_any |= file->is_said;
    }
    return has_any;
}
