/* wish.c - a URI that says what is to be done with whom. */
#include "server/sip/wish.h"

#include "server/room/room_dial_list.h"

#include <sofia-sip/su_alloc.h>
#include <sofia-sip/url.h>

#include <errno.h>
#include <string.h>
#include <strings.h>

static bool refuse(struct reply *reply, int status, const char *phrase)
{
    *reply = reply_make(status, phrase);
    return false;
}

/* "Replaces=..." and nothing else. */
static bool read_headers(const char *headers, struct wish *wish)
{
    static const char name[] = "Replaces=";
    const char *value = headers + sizeof(name) - 1;
    if (strncasecmp(headers, name, sizeof(name) - 1) != 0 || strchr(value, '&') ||
        strlen(value) >= sizeof(wish->replaces))
        return false;
    url_unescape(wish->replaces, value);
    return !wish->replaces[strcspn(wish->replaces, "\r\n")];
}

bool wish_read(const url_t *from, struct wish *wish, struct reply *reply)
{
    char method[16] = "INVITE";
    url_t url = *from;
    *wish = (struct wish){.replaces = ""};
    if (url.url_params)
        url_param(url.url_params, "method", method, sizeof(method));
    wish->is_bye = strcasecmp(method, "BYE") == 0;
    if (!wish->is_bye && strcasecmp(method, "INVITE") != 0)
        return refuse(reply, 403, "Neither INVITE Nor BYE");
    if (url.url_headers && (wish->is_bye || !read_headers(url.url_headers, wish)))
        return refuse(reply, 403, "Headers Are Not Taken From Others");
    url.url_headers = NULL;
    if (uri_target_of(&url, &wish->target) < 0)
        return refuse(reply, 400, "Bad Refer-To");
    uri_plain(&url, wish->uri, sizeof(wish->uri));
    return true;
}

bool wish_read_text(const char *uri, struct wish *wish, struct reply *reply)
{
    su_home_t home[1] = {SU_HOME_INIT(home)};
    su_home_init(home);
    const url_t *url = uri_is_clean(uri) ? url_make(home, uri) : NULL;
    bool is_read = url ? wish_read(url, wish, reply) : refuse(reply, 400, "Bad URI");
    su_home_deinit(home);
    return is_read;
}

typedef int dial(struct room *room, const struct room_dial *request,
                 struct participant **participant);

static bool dial_by(dial *how, const struct wish *wish, struct room *room,
                    struct participant **participant, struct reply *reply)
{
    const struct room_dial request = {.uri = wish->target.text,
                                      .replaces = wish->replaces[0] ? wish->replaces : NULL};
    switch (how(room, &request, participant)) {
    case 0:
        return true;
    case -EACCES:
    case -ENOSYS:
        return refuse(reply, 403, "May Not Be Called");
    case -EHOSTDOWN:
        return refuse(reply, 480, "Not Registered");
    case -EUSERS:
    case -ESHUTDOWN:
        *reply = reply_later("Too Many Calls");
        return false;
    default:
        return refuse(reply, 400, "Cannot Be Called");
    }
}

bool wish_dial(const struct wish *wish, struct room *room, struct participant **participant,
               struct reply *reply)
{
    return dial_by(room_dial, wish, room, participant, reply);
}

bool wish_dial_told(const struct wish *wish, struct room *room,
                    struct participant **participant, struct reply *reply)
{
    return dial_by(room_dial_told, wish, room, participant, reply);
}
