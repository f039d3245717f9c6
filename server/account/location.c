/* location.c - an index of accounts with a list of bindings each, and a heap of when they
 * expire.
 */
#include "server/account/location.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/name_index.h"
#include "mixer/base/random.h"
#include "server/store/store.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LOST_AT_ONCE = 1024 };

struct phones { /* of one account; never without a binding, but while a request is worked on */
    struct binding *first;
    unsigned count;
    char account[];
};

struct unsaved {
    char id[LOCATION_ID_BYTES];
    struct binding *binding; /* NULL: it is to be deleted */
    int64_t expires_ns;      /* wall                      */
};

struct location {
    struct location_config config;
    struct name_index phones; /* by account */
    struct binding **heap;    /* [total], what expires first at the top */
    size_t total, heap_room;
    struct unsaved *unsaved; /* [unsaved_count] */
    unsigned unsaved_count, unsaved_room;
    int error; /* while loading */
    int64_t load_now_ns, load_wall_ns;
};

/* ---- the heap ---- */

static void put_at(struct location *location, size_t at, struct binding *binding)
{
    location->heap[at] = binding;
    binding->place = at + 1;
}

static void sift_up(struct location *location, size_t at, struct binding *binding)
{
    for (; at; at = (at - 1) / 2) {
        struct binding *above = location->heap[(at - 1) / 2];
        if (above->expires_ns <= binding->expires_ns)
            break;
        put_at(location, at, above);
    }
    put_at(location, at, binding);
}

static void sift_down(struct location *location, size_t at, struct binding *binding)
{
    for (;;) {
        size_t below = 2 * at + 1;
        if (below >= location->total)
            break;
        if (below + 1 < location->total &&
            location->heap[below + 1]->expires_ns < location->heap[below]->expires_ns)
            below++;
        if (location->heap[below]->expires_ns >= binding->expires_ns)
            break;
        put_at(location, at, location->heap[below]);
        at = below;
    }
    put_at(location, at, binding);
}

static void heap_remove(struct location *location, struct binding *binding)
{
    size_t at = binding->place - 1;
    struct binding *last = location->heap[--location->total];
    binding->place = 0;
    if (last == binding)
        return;
    sift_down(location, at, last);
    sift_up(location, last->place - 1, last);
}

/* @return 0 and a place for @p more of them. */
static int heap_reserve(struct location *location, size_t more)
{
    size_t needed = location->total + more, doubled = 2 * location->heap_room;
    if (needed <= location->heap_room)
        return 0;
    size_t room = doubled > needed ? doubled : needed;
    struct binding **grown = realloc(location->heap, room * sizeof(struct binding *));
    if (!grown)
        return -ENOMEM;
    location->heap = grown;
    location->heap_room = room;
    return 0;
}

/* ---- accounts ---- */

static struct phones *find_or_make(struct location *location, const char *account)
{
    struct phones *found = name_index_find(&location->phones, account);
    if (found)
        return found;
    size_t length = strlen(account) + 1;
    struct phones *made = calloc(1, sizeof(*made) + length);
    if (!made)
        return NULL;
    memcpy(made->account, account, length);
    if (name_index_insert(&location->phones, made) == 0)
        return made;
    free(made);
    return NULL;
}

static void drop_if_empty(struct location *location, struct phones *phones)
{
    if (phones->first)
        return;
    name_index_remove(&location->phones, phones);
    free(phones);
}

/* ---- bindings ---- */

enum { TEXTS = 7 };

/* One block: the struct, then its texts. @return NULL: no memory. */
static struct binding *make_binding(struct phones *phones,
                                    const struct location_request *request,
                                    const struct location_contact *contact, int64_t expires_ns)
{
    const char *text[TEXTS] = {contact->uri,       contact->key,      request->path,
                               request->flow,      contact->instance, request->call_id,
                               request->user_agent};
    size_t length[TEXTS], bytes = sizeof(struct binding);
    for (unsigned i = 0; i < TEXTS; i++)
        bytes += length[i] = strlen(text[i]) + 1;
    struct binding *made = calloc(1, bytes);
    if (!made)
        return NULL;
    const char **field[TEXTS] = {&made->uri,      &made->key,     &made->path,      &made->flow,
                                 &made->instance, &made->call_id, &made->user_agent};
    char *at = (char *)(made + 1);
    for (unsigned i = 0; i < TEXTS; at += length[i++])
        *field[i] = memcpy(at, text[i], length[i]);
    made->account = phones->account;
    made->flow_id = contact->flow_id;
    made->reg_id = contact->reg_id;
    made->q = contact->q;
    made->cseq = request->cseq;
    made->expires_ns = expires_ns;
    return made;
}

static struct binding *find_same(const struct phones *phones,
                                 const struct location_contact *contact)
{
    bool is_outbound = contact->instance[0] && contact->reg_id;
    for (struct binding *each = phones->first; each; each = each->next) {
        if (is_outbound && each->reg_id ? each->reg_id == contact->reg_id &&
                                              strcmp(each->instance, contact->instance) == 0
                                        : strcmp(each->key, contact->key) == 0)
            return each;
    }
    return NULL;
}

static bool is_older(const struct binding *binding, const struct location_request *request)
{
    return strcmp(binding->call_id, request->call_id) == 0 && request->cseq <= binding->cseq;
}

static int save(const struct location *location, const struct unsaved *unsaved)
{
    const struct binding *binding = unsaved->binding;
    if (!binding)
        return store_registration_delete(location->config.store, unsaved->id);
    return store_registration_put(location->config.store, &(struct store_registration){
                                                              .id = binding->id,
                                                              .account = binding->account,
                                                              .uri = binding->uri,
                                                              .key = binding->key,
                                                              .path = binding->path,
                                                              .flow = binding->flow,
                                                              .instance = binding->instance,
                                                              .call_id = binding->call_id,
                                                              .user_agent = binding->user_agent,
                                                              .reg_id = binding->reg_id,
                                                              .q = binding->q,
                                                              .cseq = binding->cseq,
                                                              .created_ns = binding->created_ns,
                                                              .expires_ns = unsaved->expires_ns,
                                                          });
}

static int save_all(const struct location *location)
{
    struct store *store = location->config.store;
    int error = store_begin(store);
    if (error)
        return error;
    for (unsigned i = 0; !error && i < location->unsaved_count; i++)
        error = save(location, &location->unsaved[i]);
    if (!error)
        return store_commit(store);
    store_abandon(store);
    return error;
}

int location_flush(struct location *location)
{
    ASSERT_CONTROL();
    int error = location->unsaved_count ? save_all(location) : 0;
    if (error)
        return error;
    for (unsigned i = 0; i < location->unsaved_count; i++) {
        struct binding *binding = location->unsaved[i].binding;
        if (!binding)
            continue;
        binding->unsaved = 0;
        binding->is_stored = true;
    }
    location->unsaved_count = 0;
    return 0;
}

static bool reserve_unsaved(struct location *location)
{
    if (location->unsaved_count < location->unsaved_room)
        return true;
    const unsigned room = location->unsaved_room + LOCATION_MOST_UNSAVED;
    struct unsaved *grown = realloc(location->unsaved, room * sizeof(*grown));
    if (!grown) {
        log_error("account", "no memory: a phone's registration may be lost at a restart");
        return false;
    }
    location->unsaved = grown;
    location->unsaved_room = room;
    return true;
}

/* That @p binding is to be written, or, as it ends, to be deleted. There are never more than
 * twice as many as there may be bindings: of each that is there, and of each row in the store. */
static struct unsaved *note_unsaved(struct location *location, struct binding *binding)
{
    if (!location->config.store)
        return NULL;
    if (!binding->unsaved) {
        if (location->unsaved_count == LOCATION_MOST_UNSAVED)
            location_flush(location);
        if (!reserve_unsaved(location))
            return NULL;
        binding->unsaved = ++location->unsaved_count;
    }
    struct unsaved *unsaved = &location->unsaved[binding->unsaved - 1];
    *unsaved = (struct unsaved){.binding = binding};
    memcpy(unsaved->id, binding->id, sizeof(unsaved->id));
    return unsaved;
}

/* It was not written yet, and need not be. */
static void drop_unsaved(struct location *location, const struct binding *binding)
{
    if (!binding->unsaved)
        return;
    struct unsaved *unsaved = &location->unsaved[binding->unsaved - 1];
    *unsaved = location->unsaved[--location->unsaved_count];
    if (unsaved->binding)
        unsaved->binding->unsaved = binding->unsaved;
}

static void keep(struct location *location, struct binding *binding, int64_t now_ns)
{
    struct unsaved *unsaved = note_unsaved(location, binding);
    if (unsaved)
        unsaved->expires_ns = clock_wall_ns() + binding->expires_ns - now_ns;
}

static void forget(struct location *location, struct binding *binding)
{
    if (!binding->is_stored) {
        drop_unsaved(location, binding);
        return;
    }
    struct unsaved *unsaved = note_unsaved(location, binding);
    if (unsaved)
        unsaved->binding = NULL;
}

static void tell(const struct location *location, enum location_change change,
                 const struct binding *binding)
{
    if (location->config.on_change)
        location->config.on_change(location->config.context, change, binding);
}

/* There is room in the heap. */
static void link_binding(struct location *location, struct phones *phones,
                         struct binding *binding)
{
    struct binding **at = &phones->first;
    while (*at && (*at)->q > binding->q)
        at = &(*at)->next;
    binding->next = *at;
    *at = binding;
    phones->count++;
    sift_up(location, location->total++, binding);
}

static void unlink_binding(struct location *location, struct phones *phones,
                           struct binding *binding)
{
    struct binding **at = &phones->first;
    while (*at != binding)
        at = &(*at)->next;
    *at = binding->next;
    phones->count--;
    heap_remove(location, binding);
}

static void end_binding(struct location *location, struct phones *phones,
                        struct binding *binding, enum location_change change)
{
    unlink_binding(location, phones, binding);
    forget(location, binding);
    tell(location, change, binding);
    free(binding);
}

static void renew(struct location *location, struct phones *phones, struct binding *binding,
                  struct binding *before, int64_t now_ns)
{
    enum location_change change = LOCATION_ADDED;
    if (before) {
        bool is_same =
            strcmp(before->flow, binding->flow) == 0 && strcmp(before->uri, binding->uri) == 0;
        change = is_same ? LOCATION_REFRESHED : LOCATION_MOVED;
        memcpy(binding->id, before->id, sizeof(binding->id));
        binding->created_ns = before->created_ns;
        binding->unsaved = before->unsaved;
        binding->is_stored = before->is_stored;
        unlink_binding(location, phones, before);
        free(before);
    } else {
        random_name(binding->id, sizeof(binding->id));
        binding->created_ns = clock_wall_ns();
    }
    link_binding(location, phones, binding);
    keep(location, binding, now_ns);
    tell(location, change, binding);
}

/* ---- requests ---- */

static bool is_too_long(const struct location_request *request)
{
    const char *texts[] = {request->call_id, request->path, request->flow, request->user_agent};
    bool is = false;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        is |= strlen(texts[i]) >= LOCATION_TEXT_BYTES;
    for (unsigned i = 0; i < request->count; i++) {
        const struct location_contact *contact = &request->contact[i];
        is |= strlen(contact->uri) >= LOCATION_TEXT_BYTES ||
              strlen(contact->key) >= LOCATION_TEXT_BYTES ||
              strlen(contact->instance) >= LOCATION_TEXT_BYTES;
    }
    return is;
}

/* What it would come to; whoever is registered twice in one request counts twice. */
static int check(const struct location *location, const struct phones *phones,
                 const struct location_request *request)
{
    unsigned added = 0;
    if (request->is_all) {
        for (const struct binding *each = phones->first; each; each = each->next) {
            if (is_older(each, request))
                return -EALREADY;
        }
    }
    for (unsigned i = 0; i < request->count; i++) {
        const struct binding *same = find_same(phones, &request->contact[i]);
        if (same && is_older(same, request))
            return -EALREADY;
        added += !same && request->contact[i].expires_s;
    }
    if (added && phones->count + added > location->config.most_each)
        return -EUSERS;
    return added && location->total + added > location->config.most ? -ENOSPC : 0;
}

static void end_all(struct location *location, struct phones *phones,
                    enum location_change change)
{
    while (phones->first)
        end_binding(location, phones, phones->first, change);
}

/* All that can fail has been done: @p made are the bindings of those that stay. */
static void apply(struct location *location, struct phones *phones,
                  const struct location_request *request,
                  struct binding *made[LOCATION_MAX_CONTACTS], int64_t now_ns)
{
    if (request->is_all)
        end_all(location, phones, LOCATION_REMOVED);
    for (unsigned i = 0; i < request->count; i++) {
        struct binding *same = find_same(phones, &request->contact[i]);
        if (made[i])
            renew(location, phones, made[i], same, now_ns);
        else if (same)
            end_binding(location, phones, same, LOCATION_REMOVED);
    }
}

static int make_all(struct location *location, struct phones *phones,
                    const struct location_request *request,
                    struct binding *made[LOCATION_MAX_CONTACTS], int64_t now_ns)
{
    int error = heap_reserve(location, request->count);
    for (unsigned i = 0; !error && i < request->count; i++) {
        const struct location_contact *contact = &request->contact[i];
        if (!contact->expires_s)
            continue;
        made[i] = make_binding(phones, request, contact,
                               now_ns + contact->expires_s * CLOCK_NS_PER_S);
        if (!made[i])
            error = -ENOMEM;
    }
    for (unsigned i = 0; error && i < request->count; i++)
        free(made[i]);
    return error;
}

int location_register(struct location *location, const struct location_request *request,
                      int64_t now_ns)
{
    ASSERT_CONTROL();
    struct binding *made[LOCATION_MAX_CONTACTS] = {NULL};
    assert(request->count <= LOCATION_MAX_CONTACTS);
    if (is_too_long(request))
        return -EMSGSIZE;
    struct phones *phones = find_or_make(location, request->account);
    if (!phones)
        return -ENOMEM;
    int error = check(location, phones, request);
    if (!error)
        error = make_all(location, phones, request, made, now_ns);
    if (!error)
        apply(location, phones, request, made, now_ns);
    drop_if_empty(location, phones);
    return error;
}

bool location_remove(struct location *location, const char *account, const char *id)
{
    ASSERT_CONTROL();
    struct phones *phones = name_index_find(&location->phones, account);
    struct binding *binding = phones ? phones->first : NULL;
    while (binding && strcmp(binding->id, id) != 0)
        binding = binding->next;
    if (!binding)
        return false;
    end_binding(location, phones, binding, LOCATION_REMOVED);
    drop_if_empty(location, phones);
    location_flush(location);
    return true;
}

void location_remove_all(struct location *location, const char *account)
{
    ASSERT_CONTROL();
    struct phones *phones = name_index_find(&location->phones, account);
    if (!phones)
        return;
    end_all(location, phones, LOCATION_REMOVED);
    drop_if_empty(location, phones);
    location_flush(location);
}

void location_expire(struct location *location, int64_t now_ns)
{
    ASSERT_CONTROL();
    while (location->total && location->heap[0]->expires_ns <= now_ns) {
        struct phones *phones = name_index_find(&location->phones, location->heap[0]->account);
        end_binding(location, phones, location->heap[0], LOCATION_EXPIRED);
        drop_if_empty(location, phones);
    }
}

void location_lose(struct location *location, const char *account,
                   bool (*is_lost)(void *context, const struct binding *binding), void *context)
{
    ASSERT_CONTROL();
    struct phones *phones = name_index_find(&location->phones, account);
    if (!phones)
        return;
    for (struct binding *each = phones->first, *next; each; each = next) {
        next = each->next;
        if (is_lost(context, each))
            end_binding(location, phones, each, LOCATION_LOST);
    }
    drop_if_empty(location, phones);
}

/* The heap is in another order after each that goes, so some are looked for first. */
void location_lose_all(struct location *location,
                       bool (*is_lost)(void *context, const struct binding *binding),
                       void *context)
{
    ASSERT_CONTROL();
    struct binding *lost[LOST_AT_ONCE];
    size_t count;
    do {
        count = 0;
        for (size_t i = 0; i < location->total && count < LOST_AT_ONCE; i++) {
            if (is_lost(context, location->heap[i]))
                lost[count++] = location->heap[i];
        }
        for (size_t i = 0; i < count; i++) {
            struct phones *phones = name_index_find(&location->phones, lost[i]->account);
            end_binding(location, phones, lost[i], LOCATION_LOST);
            drop_if_empty(location, phones);
        }
    } while (count == LOST_AT_ONCE);
}

/* ---- questions ---- */

const struct binding *location_first(const struct location *location, const char *account)
{
    const struct phones *phones = name_index_find(&location->phones, account);
    return phones ? phones->first : NULL;
}

static bool is_same_phone(const struct binding *binding, const struct binding *other)
{
    return binding->reg_id && other->reg_id && strcmp(binding->instance, other->instance) == 0;
}

bool location_is_other_flow(const struct binding *first, const struct binding *binding)
{
    while (first != binding && !is_same_phone(first, binding))
        first = first->next;
    return first != binding;
}

unsigned location_count(const struct location *location, const char *account)
{
    const struct phones *phones = name_index_find(&location->phones, account);
    return phones ? phones->count : 0;
}

unsigned location_total(const struct location *location)
{
    return (unsigned)location->total;
}

/* ---- life ---- */

static int load(struct location *location, const struct store_registration *row)
{
    const struct location_request request = {.account = row->account,
                                             .call_id = row->call_id,
                                             .path = row->path,
                                             .flow = row->flow,
                                             .user_agent = row->user_agent,
                                             .cseq = row->cseq};
    const struct location_contact contact = {.uri = row->uri,
                                             .key = row->key,
                                             .instance = row->instance,
                                             .reg_id = row->reg_id,
                                             .q = row->q};
    struct phones *phones = find_or_make(location, row->account);
    if (!phones || heap_reserve(location, 1) < 0)
        return -ENOMEM;
    int64_t left_ns = row->expires_ns - location->load_wall_ns;
    struct binding *made =
        make_binding(phones, &request, &contact, location->load_now_ns + left_ns);
    if (!made)
        return -ENOMEM;
    made->created_ns = row->created_ns;
    made->is_stored = true;
    strncpy(made->id, row->id, sizeof(made->id) - 1);
    link_binding(location, phones, made);
    return 0;
}

static void on_row(void *context, const struct store_registration *row)
{
    struct location *location = context;
    if (!location->error)
        location->error = load(location, row);
}

int location_create(const struct location_config *config, int64_t now_ns, struct location **out)
{
    ASSERT_CONTROL();
    struct location *location = calloc(1, sizeof(*location));
    if (!location)
        return -ENOMEM;
    location->config = *config;
    location->phones = NAME_INDEX(struct phones, account);
    location->load_now_ns = now_ns;
    location->load_wall_ns = clock_wall_ns();
    int error = config->store ? store_registrations_each(config->store, on_row, location) : 0;
    if (!error)
        error = location->error;
    if (error) {
        location_destroy(location);
        return error;
    }
    if (location->total)
        log_info("account", "%zu phones were registered", location->total);
    *out = location;
    return 0;
}

void location_destroy(struct location *location)
{
    if (!location)
        return;
    location_flush(location);
    for (size_t i = 0; i < location->total; i++)
        free(location->heap[i]);
    for (size_t i = 0; i < location->phones.count; i++)
        free(location->phones.item[i]);
    free(location->heap);
    free(location->unsaved);
    name_index_finish(&location->phones);
    free(location);
}
