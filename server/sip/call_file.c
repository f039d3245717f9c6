/* call_file.c - sections of SDP become transfers; each has a session of its own. */
#include "server/sip/call_file.h"

#include "mixer/base/log.h"
#include "server/room/room_files.h"
#include "server/room/room_parcels.h"
#include "server/room/room_policy.h"
#include "server/sdp/file_selector.h"
#include "server/sip/call_internal.h"
#include "server/sip/file_sink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* The bytes of a file that goes out; the source's. */
struct reading {
    int fd;
    uint64_t end;
};

struct call_file {
    struct call_file *next;
    char id[FILE_SELECTOR_ID_BYTES];
    unsigned index; /* of its m= line */
    bool is_tls;
    bool is_new;  /* not agreed on yet */
    bool is_said; /* by the offer, or the answer, at hand */
    bool has_begun;
    struct msrp_session *session;
    struct file_sink *sink;  /* comes in: the session's, borrowed */
    struct reading *reading; /* goes out: owned until it is sent  */
    uint64_t offset;
    char type[FILE_TYPE_BYTES];
    char lines[OFFER_MESSAGE_BYTES];
};

/* ---- the end ---- */

static void close_reading(void *context)
{
    struct reading *reading = context;
    if (!reading)
        return;
    close(reading->fd);
    free(reading);
}

static void destroy(struct call_file *file)
{
    msrp_session_destroy(file->session); /* and with it the sink */
    close_reading(file->reading);
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

static int64_t read_bytes(void *context, uint64_t offset, char *out, size_t room)
{
    const struct reading *reading = context;
    size_t used = 0;
    while (used < room && offset + used < reading->end) {
        const uint64_t left = reading->end - offset - used;
        const size_t wanted = left < room - used ? (size_t)left : room - used;
        const ssize_t count = pread(reading->fd, out + used, wanted, (off_t)(offset + used));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return count < 0 ? -errno : -EIO;
        used += (size_t)count;
    }
    return (int64_t)used;
}

static const struct msrp_source source = {.read = read_bytes, .release = close_reading};

static void on_sent(void *context, uint64_t tag, unsigned status)
{
    const struct call *call = context;
    (void)tag;
    log_call_info("msrp", call->id, "a file has %s: %u", status == 200 ? "gone" : "not gone",
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

/* Its participant is in. */
static void begin(struct call *call, struct call_file *file)
{
    if (file->has_begun || file->is_new)
        return;
    file->has_begun = true;
    if (file->sink) {
        file_sink_open(file->sink);
        return;
    }
    const struct msrp_out out = {.type = file->type,
                                 .source = &source,
                                 .source_context = file->reading,
                                 .length = file->reading->end,
                                 .offset = file->offset};
    if (msrp_session_send(file->session, &out) == 0)
        file->reading = NULL; /* the session's */
    else
        log_call_info("msrp", call->id, "a file cannot be sent");
}

static void begin_all(struct call *call)
{
    if (!call->participant ||
        participant_info(call->participant)->state != PARTICIPANT_CONNECTED)
        return;
    for (struct call_file *file = call->files; file; file = file->next)
        begin(call, file);
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

/* @return NULL: there is none, it cannot be read, or has no such bytes. */
static struct reading *open_file(const struct room_file *found,
                                 const struct file_section *asked)
{
    const uint64_t bytes = room_file_info(found)->bytes;
    char *path = room_file_path(found);
    struct reading *reading = path ? calloc(1, sizeof(*reading)) : NULL;
    if (reading) {
        reading->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        reading->end = bytes < asked->last ? bytes : asked->last;
    }
    free(path);
    if (reading && (reading->fd < 0 || asked->first > reading->end + 1)) {
        if (reading->fd >= 0)
            close(reading->fd);
        free(reading);
        return NULL;
    }
    return reading;
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

/* What comes in. @return 0; why not. */
static int take_in(struct call *call, const struct file_section *asked, struct call_file *file)
{
    const struct file_selector *selector = &asked->selector;
    const struct participant_info *info = participant_info(call->participant);
    struct room *room = participant_room(call->participant);
    char name[PARTICIPANT_NAME_BYTES];
    struct room_file *coming;
    participant_shown_name(call->participant, name);
    if (!room_policy_allows(room_settings(room)->may_share, info->role))
        return -EPERM;
    if (!room_file_name_is_valid(selector->name) || asked->first != 1)
        return -EINVAL;
    int err = room_file_open(room,
                             &(struct room_file_plan){.name = selector->name,
                                                      .bytes = selector->size,
                                                      .is_announced = selector->has_size,
                                                      .sharer = name,
                                                      .sharer_id = info->id},
                             &coming);
    if (err < 0)
        return err;
    return file_sink_create(&(struct file_sink_plan){.loop = call->ua->config.loop,
                                                     .call = call->id,
                                                     .file = coming,
                                                     .selector = selector},
                            &file->sink);
}

/* What goes out. */
static int give_out(struct call *call, const struct file_section *asked, struct call_file *file)
{
    const struct room_file *found =
        find_file(participant_room(call->participant), &asked->selector);
    file->reading = found ? open_file(found, asked) : NULL;
    if (!file->reading)
        return -ENOENT;
    file->offset = asked->first - 1;
    snprintf(file->type, sizeof(file->type), "%s", room_file_info(found)->type);
    return 0;
}

static void write_selector(const struct call *call, const struct file_section *asked,
                           const struct call_file *file, struct text *text)
{
    const struct room_file *found =
        file->reading ? find_file(participant_room(call->participant), &asked->selector) : NULL;
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

static bool write_lines(const struct call *call, const struct message_section *section,
                        const struct file_section *asked, enum setup ours,
                        struct call_file *file)
{
    struct text text;
    text_init(&text, file->lines, sizeof(file->lines));
    text_add(&text, "a=%s\r\na=accept-types:*\r\na=path:%s\r\n",
             file->sink ? "recvonly" : "sendonly", msrp_session_path(file->session));
    write_selector(call, asked, file, &text);
    text_add(&text, "a=file-transfer-id:%s\r\n", file->id);
    if (file->reading && asked->first > 1)
        text_add(&text, "a=file-range:%llu-%llu\r\n", (unsigned long long)asked->first,
                 (unsigned long long)file->reading->end);
    call_msrp_write_setup(call, section, ours, &text);
    return !text.full;
}

static int open_transfer(struct call *call, const struct message_section *section,
                         const struct file_section *asked, const char *address,
                         struct call_file *file)
{
    struct msrp_far_end far_end;
    const enum setup ours = fingerprint_lines_answer(section->security.setup, SETUP_NONE);
    file->is_tls = section->is_tls;
    if (!call_msrp_is_possible(call, section) ||
        !call_msrp_far_end(call, section, ours, &far_end))
        return -ENOTSUP;
    int err = section->direction == MEDIA_SENDONLY   ? take_in(call, asked, file)
              : section->direction == MEDIA_RECVONLY ? give_out(call, asked, file)
                                                     : -EINVAL;
    if (err < 0)
        return err;
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
    const int err = open_transfer(call, section, asked, address, made);
    if (err < 0) {
        log_call_info("msrp", call->id, "a file that is offered or asked for cannot be had: %s",
                      strerror(-err));
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
