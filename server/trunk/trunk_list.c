/* trunk_list.c - an index of trunks by name; those that are deleted until they are idle. */
#include "server/trunk/trunk_list.h"

#include "mixer/base/check.h"
#include "mixer/base/clock.h"
#include "mixer/base/log.h"
#include "mixer/base/name_index.h"
#include "mixer/base/random.h"
#include "server/room/room.h"
#include "server/store/store.h"
#include "server/trunk/trunk_choice.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trunk_list {
    struct store *store;
    struct name_index trunks; /* by name */
    struct trunk_listener *listener;
    int64_t kept_day; /* the newest of the counts in the store */
    int error;        /* while loading */
};

static const char *const event_words[] = {
    [TRUNK_EVENT_CREATED] = "trunk_created", [TRUNK_EVENT_CHANGED] = "trunk_changed",
    [TRUNK_EVENT_DELETED] = "trunk_deleted", [TRUNK_EVENT_UP] = "trunk_up",
    [TRUNK_EVENT_DOWN] = "trunk_down",       [TRUNK_EVENT_FULL] = "trunk_full",
};
static const char *const health_words[] = {
    [TRUNK_HEALTH_UNKNOWN] = "unknown", [TRUNK_HEALTH_UP] = "up", [TRUNK_HEALTH_DOWN] = "down"};
static const char *const registration_words[] = {[TRUNK_REGISTRATION_OFF] = "off",
                                                 [TRUNK_REGISTRATION_TRYING] = "trying",
                                                 [TRUNK_REGISTRATION_UP] = "up",
                                                 [TRUNK_REGISTRATION_FAILED] = "failed"};

const char *trunk_event_word(enum trunk_event_kind kind)
{
    return event_words[kind];
}

const char *trunk_health_word(enum trunk_health health)
{
    return health_words[health];
}

const char *trunk_registration_word(enum trunk_registration registration)
{
    return registration_words[registration];
}

/* ---- listeners ---- */

void trunk_list_listen(struct trunk_list *list, struct trunk_listener *listener)
{
    listener->next = list->listener;
    list->listener = listener;
}

void trunk_list_unlisten(struct trunk_list *list, struct trunk_listener *listener)
{
    struct trunk_listener **at = &list->listener;
    while (*at && *at != listener)
        at = &(*at)->next;
    if (*at)
        *at = listener->next;
}

static void tell(struct trunk *trunk, enum trunk_event_kind kind)
{
    for (struct trunk_listener *at = trunk->list->listener, *next; at; at = next) {
        next = at->next;
        at->on_event(at->context, kind, trunk);
    }
}

static void drop(struct trunk *trunk)
{
    trunk_budget_finish(&trunk->budget);
    explicit_bzero(trunk->password, sizeof(trunk->password));
    free(trunk);
}

/* ---- settings put into force ---- */

/* Until DNS was asked, the gateways as they are written. */
static void take_gateways(struct trunk *trunk)
{
    struct trunk_endpoint endpoints[TRUNK_MAX_GATEWAYS];
    for (unsigned i = 0; i < trunk->settings.gateways; i++) {
        const struct trunk_gateway *gateway = &trunk->settings.gateway[i];
        endpoints[i] = (struct trunk_endpoint){
            .gateway = i, .priority = gateway->priority, .weight = gateway->weight};
        memcpy(endpoints[i].uri, gateway->uri, sizeof(gateway->uri));
    }
    trunk_set_endpoints(trunk, endpoints, trunk->settings.gateways);
}

static bool has_gateways(const struct trunk *trunk, const struct trunk_settings *settings)
{
    bool is_same = trunk->settings.gateways == settings->gateways;
    for (unsigned i = 0; is_same && i < settings->gateways; i++) {
        const struct trunk_gateway *one = &trunk->settings.gateway[i];
        const struct trunk_gateway *other = &settings->gateway[i];
        is_same = one->priority == other->priority && one->weight == other->weight &&
                  strcmp(one->uri, other->uri) == 0;
    }
    return is_same;
}

/* The best of all is the trunk's: calls come while one knows where we are. */
static void sum_registrations(struct trunk *trunk)
{
    static const unsigned rank[] = {[TRUNK_REGISTRATION_OFF] = 0,
                                    [TRUNK_REGISTRATION_FAILED] = 1,
                                    [TRUNK_REGISTRATION_TRYING] = 2,
                                    [TRUNK_REGISTRATION_UP] = 3};
    const struct trunk_registrar *best = NULL;
    for (unsigned i = 0; i < trunk->registrars; i++) {
        if (!best || rank[trunk->registrar[i].state] > rank[best->state])
            best = &trunk->registrar[i];
    }
    trunk->registration = best ? best->state : TRUNK_REGISTRATION_OFF;
    snprintf(trunk->registration_detail, sizeof(trunk->registration_detail), "%s",
             best ? best->detail : "");
}

static struct trunk_registrar *find_registrar(struct trunk_registrar *registrars,
                                              unsigned count, const char *uri)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(registrars[i].uri, uri) == 0)
            return &registrars[i];
    }
    return NULL;
}

/* What was known of those that stay is known still. */
static void take_registrars(struct trunk *trunk)
{
    struct trunk_registrar all[TRUNK_MAX_REGISTRARS];
    const char *uri;
    unsigned count = 0;
    for (; trunk->settings.enabled && (uri = trunk_settings_registrar(&trunk->settings, count));
         count++) {
        const struct trunk_registrar *known =
            find_registrar(trunk->registrar, trunk->registrars, uri);
        all[count] =
            known ? *known : (struct trunk_registrar){.state = TRUNK_REGISTRATION_TRYING};
        snprintf(all[count].uri, sizeof(all[count].uri), "%s", uri);
    }
    memcpy(trunk->registrar, all, count * sizeof(all[0]));
    trunk->registrars = count;
    sum_registrations(trunk);
}

static void take_settings(struct trunk *trunk, const struct trunk_settings *settings)
{
    bool is_same = has_gateways(trunk, settings);
    trunk->settings = *settings;
    for (unsigned i = 0; i < settings->networks; i++)
        address_block_read(settings->network[i], &trunk->block[i]); /* it was checked */
    take_registrars(trunk);
    if (!is_same)
        take_gateways(trunk);
}

static struct trunk *make(struct trunk_list *list, const char *name,
                          const struct trunk_settings *settings, const char *password)
{
    struct trunk *trunk = calloc(1, sizeof(*trunk));
    if (!trunk)
        return NULL;
    trunk->list = list;
    snprintf(trunk->name, sizeof(trunk->name), "%s", name);
    snprintf(trunk->password, sizeof(trunk->password), "%s", password);
    random_name(trunk->contact, sizeof(trunk->contact));
    trunk->was_up = settings->enabled && !settings->registrar[0];
    take_settings(trunk, settings);
    return trunk;
}

static int keep(struct trunk_list *list, const struct trunk *trunk,
                const struct trunk_settings *settings, const char *password)
{
    char *lines = trunk_settings_write(settings);
    if (!lines)
        return -ENOMEM;
    int error =
        store_trunk_put(list->store, &(struct store_trunk){.name = trunk->name,
                                                           .settings = lines,
                                                           .password = password,
                                                           .created_ns = trunk->created_ns});
    free(lines);
    return error;
}

/* ---- birth and death ---- */

static void on_row(void *context, const struct store_trunk *row)
{
    struct trunk_list *list = context;
    struct trunk_settings settings;
    int error = trunk_settings_read(row->settings, &settings);
    if (error) {
        log_warn("trunk", "trunk %s: the store has settings that cannot be: it is off",
                 row->name);
        settings.enabled = false;
    }
    struct trunk *trunk = make(list, row->name, &settings, row->password);
    if (!trunk || name_index_insert(&list->trunks, trunk) < 0) {
        free(trunk);
        list->error = -ENOMEM;
        return;
    }
    trunk->created_ns = row->created_ns;
}

/* Of a trunk that is not there any more: the store has forgotten them with it. */
static void on_count(void *context, const struct store_trunk_count *row)
{
    struct trunk_list *list = context;
    struct trunk *trunk = trunk_list_find(list, row->trunk);
    if (trunk && trunk_budget_restore(&trunk->budget, row->room, row->day, row->calls) < 0)
        list->error = -ENOMEM;
}

int trunk_list_create(struct store *store, struct trunk_list **out)
{
    ASSERT_CONTROL();
    struct trunk_list *list = calloc(1, sizeof(*list));
    if (!list)
        return -ENOMEM;
    list->store = store;
    list->trunks = NAME_INDEX(struct trunk, name);
    int error = store_trunks_each(store, on_row, list);
    if (!error)
        error = store_trunk_counts_each(store, on_count, list);
    if (!error)
        error = list->error;
    if (error) {
        trunk_list_destroy(list);
        return error;
    }
    *out = list;
    return 0;
}

void trunk_list_destroy(struct trunk_list *list)
{
    if (!list)
        return;
    trunk_list_keep_counts(list);
    for (size_t i = 0; i < list->trunks.count; i++)
        drop(list->trunks.item[i]);
    name_index_finish(&list->trunks);
    free(list);
}

int trunk_list_add(struct trunk_list *list, const char *name,
                   const struct trunk_settings *settings, const char *password,
                   struct trunk **out)
{
    ASSERT_CONTROL();
    if (!room_name_is_valid(name))
        return -EINVAL;
    if (trunk_list_find(list, name))
        return -EEXIST;
    if (list->trunks.count >= TRUNK_MOST)
        return -EUSERS;
    struct trunk *trunk = make(list, name, settings, password);
    if (!trunk)
        return -ENOMEM;
    trunk->created_ns = clock_wall_ns();
    int error = name_index_reserve(&list->trunks);
    if (!error)
        error = keep(list, trunk, settings, password);
    if (!error)
        error = name_index_insert(&list->trunks, trunk);
    if (error) {
        drop(trunk);
        return error;
    }
    *out = trunk;
    tell(trunk, TRUNK_EVENT_CREATED);
    return 0;
}

static void note_state(struct trunk *trunk)
{
    bool is_up = trunk_is_up(trunk);
    if (is_up == trunk->was_up || trunk->is_deleted)
        return;
    trunk->was_up = is_up;
    log_info("trunk", "trunk %s is %s", trunk->name, is_up ? "up" : "down");
    tell(trunk, is_up ? TRUNK_EVENT_UP : TRUNK_EVENT_DOWN);
}

int trunk_change(struct trunk *trunk, const struct trunk_settings *settings,
                 const char *password)
{
    ASSERT_CONTROL();
    int error = keep(trunk->list, trunk, settings, password ? password : trunk->password);
    if (error)
        return error;
    if (password)
        snprintf(trunk->password, sizeof(trunk->password), "%s", password);
    take_settings(trunk, settings);
    tell(trunk, TRUNK_EVENT_CHANGED);
    note_state(trunk);
    return 0;
}

int trunk_delete(struct trunk *trunk)
{
    ASSERT_CONTROL();
    struct trunk_list *list = trunk->list;
    int error = store_trunk_delete(list->store, trunk->name);
    if (error)
        return error;
    name_index_remove(&list->trunks, trunk);
    trunk->is_deleted = true;
    tell(trunk, TRUNK_EVENT_DELETED);
    if (!trunk->lines_in && !trunk->lines_out)
        drop(trunk);
    return 0;
}

/* ---- found ---- */

struct trunk *trunk_list_find(const struct trunk_list *list, const char *name)
{
    return name_index_find(&list->trunks, name);
}

struct trunk *trunk_list_above(const struct trunk_list *list, const char *name)
{
    return name_index_above(&list->trunks, name);
}

struct trunk *trunk_list_of_source(const struct trunk_list *list, const struct sockaddr *source)
{
    struct trunk *best = NULL;
    unsigned best_bits = 0;
    uint8_t bytes[ADDRESS_BLOCK_BYTES];
    if (!address_block_bytes(source, bytes))
        return NULL;
    for (size_t i = 0; i < list->trunks.count; i++) {
        struct trunk *trunk = list->trunks.item[i];
        for (unsigned k = 0; trunk->settings.enabled && k < trunk->settings.networks; k++) {
            if (!address_block_has_bytes(&trunk->block[k], bytes) ||
                (best && trunk->block[k].bits <= best_bits))
                continue;
            best = trunk;
            best_bits = trunk->block[k].bits;
        }
    }
    return best;
}

struct trunk *trunk_list_of_contact(const struct trunk_list *list, const char *contact)
{
    for (size_t i = 0; i < list->trunks.count; i++) {
        struct trunk *trunk = list->trunks.item[i];
        if (trunk->registration != TRUNK_REGISTRATION_OFF &&
            strcmp(trunk->contact, contact) == 0)
            return trunk;
    }
    return NULL;
}

/* ---- lines ---- */

static bool is_full(const struct trunk *trunk, bool is_out)
{
    const struct trunk_settings *settings = &trunk->settings;
    unsigned own = is_out ? trunk->lines_out : trunk->lines_in;
    unsigned most = is_out ? settings->lines_out : settings->lines_in;
    return (most && own >= most) ||
           (settings->lines && trunk->lines_in + trunk->lines_out >= settings->lines);
}

/* Of both ways, or of the one that was asked for. */
static void note_full(struct trunk *trunk, bool is_out)
{
    bool full = is_full(trunk, is_out), was_full = trunk->was_full;
    trunk->was_full = full;
    if (full && !was_full)
        tell(trunk, TRUNK_EVENT_FULL);
}

int trunk_take_line_in(struct trunk *trunk)
{
    ASSERT_CONTROL();
    if (is_full(trunk, false))
        return -EBUSY;
    trunk->lines_in++;
    note_full(trunk, false);
    return 0;
}

bool trunk_may_dial(const struct trunk *trunk, const char *number)
{
    for (unsigned i = 0; trunk->settings.enabled && i < trunk->settings.numbers; i++) {
        if (number_pattern_matches(trunk->settings.number[i], number))
            return true;
    }
    return false;
}

static bool is_behind(const struct trunk *trunk, const struct trunk *other)
{
    unsigned own = trunk->settings.order, its = other->settings.order;
    return own != its ? own > its : strcmp(trunk->name, other->name) > 0;
}

static struct trunk *next_for(const struct trunk_list *list, const char *number,
                              const struct trunk *after)
{
    struct trunk *best = NULL;
    for (size_t i = 0; i < list->trunks.count; i++) {
        struct trunk *each = list->trunks.item[i];
        if (trunk_may_dial(each, number) && (!after || is_behind(each, after)) &&
            (!best || is_behind(best, each)))
            best = each;
    }
    return best;
}

int trunk_list_take_line(struct trunk_list *list, const char *number, const char *room,
                         int64_t now_s, const struct trunk *after, struct trunk **out)
{
    ASSERT_CONTROL();
    int error = -ENOENT;
    for (struct trunk *each = next_for(list, number, after); each;
         each = next_for(list, number, each)) {
        error = is_full(each, true) ? -EBUSY : 0;
        if (!error)
            error = trunk_budget_take(&each->budget, &each->settings.budget, room, now_s);
        if (!error) {
            each->lines_out++;
            note_full(each, true);
            *out = each;
            return 0;
        }
        if (!each->settings.overflow)
            break;
    }
    return error;
}

static void keep_counts(struct trunk *trunk)
{
    struct trunk_budget *budget = &trunk->budget;
    struct store_trunk_count count = {.trunk = trunk->name, .day = budget->day};
    while (trunk_budget_changed(budget, &count.room, &count.calls))
        store_trunk_count_put(trunk->list->store, &count);
    if (budget->day > trunk->list->kept_day) {
        trunk->list->kept_day = budget->day;
        store_trunk_counts_expire(trunk->list->store, budget->day);
    }
}

void trunk_list_keep_counts(struct trunk_list *list)
{
    ASSERT_CONTROL();
    for (size_t i = 0; i < list->trunks.count; i++) {
        struct trunk *trunk = list->trunks.item[i];
        if (trunk->budget.changed)
            keep_counts(trunk);
    }
}

void trunk_give_line(struct trunk *trunk, bool is_out, const char *room)
{
    ASSERT_CONTROL();
    unsigned *lines = is_out ? &trunk->lines_out : &trunk->lines_in;
    assert(*lines > 0);
    --*lines;
    if (is_out)
        trunk_budget_give(&trunk->budget, room);
    trunk->was_full = trunk->was_full && is_full(trunk, is_out);
    if (trunk->is_deleted && !trunk->lines_in && !trunk->lines_out)
        drop(trunk);
}

/* ---- how it stands ---- */

bool trunk_is_up(const struct trunk *trunk)
{
    bool answers = !trunk->endpoints;
    for (unsigned i = 0; i < trunk->endpoints; i++)
        answers |= trunk->endpoint[i].health != TRUNK_HEALTH_DOWN;
    return trunk->settings.enabled && answers &&
           (trunk->registration == TRUNK_REGISTRATION_OFF ||
            trunk->registration == TRUNK_REGISTRATION_UP);
}

static enum trunk_health health_of(const struct trunk *trunk, const char *uri)
{
    for (unsigned i = 0; i < trunk->endpoints; i++) {
        if (strcmp(trunk->endpoint[i].uri, uri) == 0)
            return trunk->endpoint[i].health;
    }
    return TRUNK_HEALTH_UNKNOWN;
}

void trunk_set_endpoints(struct trunk *trunk, const struct trunk_endpoint *endpoints,
                         unsigned count)
{
    struct trunk_endpoint all[TRUNK_MAX_ENDPOINTS];
    assert(count <= TRUNK_MAX_ENDPOINTS);
    for (unsigned i = 0; i < count; i++) {
        all[i] = endpoints[i];
        all[i].health = trunk->settings.health_s ? health_of(trunk, endpoints[i].uri)
                                                 : TRUNK_HEALTH_UNKNOWN;
    }
    memcpy(trunk->endpoint, all, count * sizeof(all[0]));
    trunk->endpoints = count;
    note_state(trunk);
}

void trunk_set_health(struct trunk *trunk, const char *uri, enum trunk_health health)
{
    for (unsigned i = 0; i < trunk->endpoints; i++) {
        if (strcmp(trunk->endpoint[i].uri, uri) != 0 || trunk->endpoint[i].health == health)
            continue;
        log_info("trunk", "trunk %s: %s is %s", trunk->name, uri, health_words[health]);
        trunk->endpoint[i].health = health;
    }
    note_state(trunk);
}

void trunk_set_registration(struct trunk *trunk, const char *uri,
                            enum trunk_registration registration, const char *detail)
{
    struct trunk_registrar *at = find_registrar(trunk->registrar, trunk->registrars, uri);
    if (!at)
        return;
    at->state = registration;
    snprintf(at->detail, sizeof(at->detail), "%s", detail);
    sum_registrations(trunk);
    note_state(trunk);
}

int trunk_next_endpoint(const struct trunk *trunk, uint32_t tried, uint32_t random)
{
    struct trunk_choice choices[TRUNK_MAX_ENDPOINTS];
    for (unsigned i = 0; i < trunk->endpoints; i++) {
        const struct trunk_endpoint *endpoint = &trunk->endpoint[i];
        choices[i] = (struct trunk_choice){.priority = endpoint->priority,
                                           .weight = endpoint->weight,
                                           .is_down = endpoint->health == TRUNK_HEALTH_DOWN,
                                           .was_tried = (tried >> i & 1) != 0};
    }
    return trunk_choice_next(choices, trunk->endpoints, random);
}
