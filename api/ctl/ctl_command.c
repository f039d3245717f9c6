/* ctl_command.c - the table of commands. */
#include "api/ctl/ctl_command.h"

#include <stdbool.h>
#include <string.h>

#define ROOM "/rooms/{}"
#define PARTICIPANT ROOM "/participants/{}"
#define PLAY ROOM "/plays/{}"
#define RECORDING ROOM "/recordings/{}"
#define WHO "ROOM PARTICIPANT"
#define PARTICIPANT_COLUMNS "id display_name state role muted talking uri"

/* clang-format off */
static const struct ctl_command commands[] = {
    {"rooms", "list",   "",     "GET",    "/rooms", CTL_LIST, .help = "all rooms",
     .columns = "name display_name participants locked persistent created_at"},
    {"rooms", "show",   "ROOM", "GET",    ROOM,     CTL_ONE,  .help = "one room, with its settings"},
    {"rooms", "create", "",     "POST",   "/rooms", CTL_ONE,  .help = "makes a room that stays",
     .named = "name", .fields = "max_participants:=8 pin=4711"},
    {"rooms", "set",    "ROOM", "PATCH",  ROOM,     CTL_ONE,  .help = "changes settings",
     .fields = "locked:=true video.layout=speaker"},
    {"rooms", "lock",   "ROOM", "PATCH",  ROOM,     CTL_ONE,  .help = "nobody new comes in", .body = "{\"locked\": true}"},
    {"rooms", "unlock", "ROOM", "PATCH",  ROOM,     CTL_ONE,  .help = "", .body = "{\"locked\": false}"},
    {"rooms", "delete", "ROOM", "DELETE", ROOM,     CTL_NOTHING, .help = "says goodbye to all in it, and forgets it"},

    {"participants", "list",     "ROOM", "GET",    ROOM "/participants", CTL_LIST, .help = "who is in",
     .columns = PARTICIPANT_COLUMNS},
    {"participants", "show",     WHO, "GET",    PARTICIPANT, CTL_ONE, .help = "one of them, with statistics"},
    {"participants", "dial",     "ROOM", "POST", ROOM "/participants", CTL_ONE, .help = "calls somebody into the room",
     .named = "uri", .fields = "display_name=Bob muted:=true"},
    {"participants", "set",      WHO, "PATCH",  PARTICIPANT, CTL_ONE, .help = "changes how one stands in the room",
     .fields = "volume_in_db:=-6 role=moderator"},
    {"participants", "mute",     WHO, "PATCH",  PARTICIPANT, CTL_ONE, .help = "", .body = "{\"muted\": true}"},
    {"participants", "unmute",   WHO, "PATCH",  PARTICIPANT, CTL_ONE, .help = "", .body = "{\"muted\": false}"},
    {"participants", "deafen",   WHO, "PATCH",  PARTICIPANT, CTL_ONE, .help = "", .body = "{\"deafened\": true}"},
    {"participants", "undeafen", WHO, "PATCH",  PARTICIPANT, CTL_ONE, .help = "", .body = "{\"deafened\": false}"},
    {"participants", "admit",    WHO, "PATCH",  PARTICIPANT, CTL_ONE, .help = "lets one in from the door", .body = "{\"admitted\": true}"},
    {"participants", "refuse",   WHO, "PATCH",  PARTICIPANT, CTL_ONE, .help = "does not", .body = "{\"admitted\": false}"},
    {"participants", "all",      "ROOM", "POST", ROOM "/actions", CTL_ONE, .help = "does something to all: mute, admit, kick, ...",
     .named = "action", .fields = "but_moderators:=true"},
    {"participants", "kick",     WHO, "DELETE", PARTICIPANT, CTL_NOTHING, .help = "ends the call of one"},
    {"participants", "dtmf",     WHO, "POST",   PARTICIPANT "/dtmf", CTL_NOTHING, .help = "sends keys to one",
     .named = "digits"},

    {"plays", "list",  "ROOM", "GET",  ROOM "/plays", CTL_LIST, .help = "what is played in a room",
     .columns = "id file prompt url state position_ms length_ms"},
    {"plays", "start", "ROOM", "POST", ROOM "/plays", CTL_ONE, .help = "plays something to all or to one",
     .fields = "prompt=welcome"},
    {"plays", "set",   "ROOM PLAY", "PATCH",  PLAY, CTL_ONE, .help = "", .fields = "paused:=true"},
    {"plays", "stop",  "ROOM PLAY", "DELETE", PLAY, CTL_NOTHING, .help = ""},

    {"messages", "list",   "ROOM", "GET",  ROOM "/messages", CTL_LIST, .help = "what was written in a room",
     .columns = "id time from to text"},
    {"messages", "write",  "ROOM", "POST", ROOM "/messages", CTL_ONE, .help = "writes to all, or to one",
     .named = "text", .fields = "to=ID"},
    {"messages", "delete", "ROOM MESSAGE", "DELETE", ROOM "/messages/{}", CTL_NOTHING, .help = ""},

    {"files", "list",   "ROOM", "GET", ROOM "/files", CTL_LIST, .help = "the files of a room",
     .columns = "id name type bytes shared_by created_at"},
    {"files", "delete", "ROOM FILE", "DELETE", ROOM "/files/{}", CTL_NOTHING, .help = ""},

    {"files", "send",   "ROOM", "POST", ROOM "/file-offers", CTL_ONE, .help = "to all whose phones take files, or to one",
     .named = "file", .fields = "to=ID"},
    {"files", "sent",   "ROOM", "GET", ROOM "/file-offers", CTL_LIST, .help = "which files were sent to whom, and how that went",
     .columns = "id name display_name state sent_bytes bytes detail"},
    {"files", "cancel", "ROOM OFFER", "DELETE", ROOM "/file-offers/{}", CTL_NOTHING, .help = ""},

    {"recordings", "list",   "ROOM", "GET", ROOM "/recordings", CTL_LIST, .help = "the recordings of a room",
     .columns = "id name state video length_ms bytes created_at"},
    {"recordings", "start",  "ROOM", "POST", ROOM "/recordings", CTL_ONE, .help = "records the room; all in it are told",
     .fields = "video:=true name=TEXT"},
    {"recordings", "show",   "ROOM RECORDING", "GET", RECORDING, CTL_ONE, .help = "with a link to its bytes"},
    {"recordings", "pause",  "ROOM RECORDING", "PATCH", RECORDING, CTL_ONE, .help = "", .body = "{\"state\": \"paused\"}"},
    {"recordings", "resume", "ROOM RECORDING", "PATCH", RECORDING, CTL_ONE, .help = "", .body = "{\"state\": \"recording\"}"},
    {"recordings", "stop",   "ROOM RECORDING", "PATCH", RECORDING, CTL_ONE, .help = "", .body = "{\"state\": \"stopped\"}"},
    {"recordings", "delete", "ROOM RECORDING", "DELETE", RECORDING, CTL_NOTHING, .help = ""},

    {"templates", "list",   "",         "GET",    "/templates", CTL_LIST, .help = "settings by which rooms are made",
     .columns = "name"},
    {"templates", "show",   "TEMPLATE", "GET",    "/templates/{}", CTL_ONE, .help = ""},
    {"templates", "create", "",         "POST",   "/templates", CTL_ONE, .help = "",
     .named = "name", .fields = "settings.lobby=guests"},
    {"templates", "delete", "TEMPLATE", "DELETE", "/templates/{}", CTL_NOTHING, .help = ""},

    {"accounts", "list",   "",        "GET",    "/accounts", CTL_LIST, .help = "who may call with a password",
     .columns = "name display_name number enabled registered srtp smime forwarding forward_to"},
    {"accounts", "show",   "ACCOUNT", "GET",    "/accounts/{}", CTL_ONE, .help = ""},
    {"accounts", "create", "",        "POST",   "/accounts", CTL_ONE, .help = "",
     .named = "name", .fields = "password=SECRET"},
    {"accounts", "set",    "ACCOUNT", "PATCH",  "/accounts/{}", CTL_ONE, .help = "", .fields = "enabled:=false forwarding=local forward_to=102"},
    {"accounts", "delete", "ACCOUNT", "DELETE", "/accounts/{}", CTL_NOTHING, .help = ""},

    {"accounts", "phones", "ACCOUNT", "GET",    "/accounts/{}/registrations", CTL_LIST, .help = "where it is registered",
     .columns = "id contact source user_agent registered_at expires_at"},
    {"accounts", "forget", "ACCOUNT PHONE", "DELETE", "/accounts/{}/registrations/{}", CTL_NOTHING, .help = "a phone, until it registers again"},

    {"trunks", "list",   "",      "GET",    "/trunks", CTL_LIST, .help = "lines to the telephone network",
     .columns = "name enabled now.up now.registration now.lines_in now.lines_out lines order"},
    {"trunks", "show",   "TRUNK", "GET",    "/trunks/{}", CTL_ONE, .help = ""},
    {"trunks", "create", "",      "POST",   "/trunks", CTL_ONE, .help = "",
     .named = "name", .fields = "gateways:='[{\"uri\":\"sip:gw.example.com\"}]' lines:=10"},
    {"trunks", "set",    "TRUNK", "PATCH",  "/trunks/{}", CTL_ONE, .help = "at once, for calls to come", .fields = "lines:=30 early_media=both"},
    {"trunks", "delete", "TRUNK", "DELETE", "/trunks/{}", CTL_NOTHING, .help = ""},

    {"numbers", "list",   "",       "GET",    "/numbers", CTL_LIST, .help = "where dialled numbers lead"},
    {"numbers", "create", "",       "POST",   "/numbers", CTL_ONE, .help = "",
     .named = "number", .fields = "leads_to=room target=board"},
    {"numbers", "set",    "NUMBER", "PATCH",  "/numbers/{}", CTL_ONE, .help = "", .fields = "target=sales language=en"},
    {"numbers", "delete", "NUMBER", "DELETE", "/numbers/{}", CTL_NOTHING, .help = ""},

    {"bans", "list",   "",    "GET",    "/bans", CTL_LIST, .help = "sources that guessed passwords"},
    {"bans", "delete", "BAN", "DELETE", "/bans/{}", CTL_NOTHING, .help = "forgives"},

    {"tokens", "list",   "",      "GET",    "/tokens", CTL_LIST, .help = "who may ask this API",
     .columns = "id name role rooms expires_at last_used_at"},
    {"tokens", "create", "",      "POST",   "/tokens", CTL_ONE, .help = "shows it, once",
     .named = "name", .fields = "role=moderator rooms:='[\"board\"]'"},
    {"tokens", "delete", "TOKEN", "DELETE", "/tokens/{}", CTL_NOTHING, .help = ""},

    {"webhooks", "list",       "",        "GET",    "/webhooks", CTL_LIST, .help = "URLs that events are posted to",
     .columns = "id url enabled waiting delivered failed lost"},
    {"webhooks", "create",     "",        "POST",   "/webhooks", CTL_ONE, .help = "", .named = "url",
     .fields = "events:='[\"participant_joined\"]'"},
    {"webhooks", "deliveries", "WEBHOOK", "GET",    "/webhooks/{}/deliveries", CTL_LIST, .help = "the last ones"},
    {"webhooks", "delete",     "WEBHOOK", "DELETE", "/webhooks/{}", CTL_NOTHING, .help = ""},

    {"calls", "list", "", "GET", "/call-records", CTL_LIST, .help = "calls that are over",
     .columns = "began_at room display_name uri kind direction duration_s reason"},

    {"events", "follow", "",     "GET", "/events",      CTL_STREAM, .help = "what happens, as it happens"},
    {"events", "room",   "ROOM", "GET", ROOM "/events", CTL_STREAM, .help = "the same of one room"},

    {"server", "ready",   "", "GET", "^/ready",   CTL_ONE,  .help = "whether it takes calls"},
    {"server", "metrics", "", "GET", "^/metrics", CTL_TEXT, .help = "all counters"},
};
/* clang-format on */
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

const struct ctl_command *ctl_command_find(const char *resource, const char *action)
{
    for (unsigned i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].resource, resource) == 0 &&
            strcmp(commands[i].action, action) == 0)
            return &commands[i];
    }
    return NULL;
}

unsigned ctl_command_arguments(const struct ctl_command *command)
{
    unsigned count = command->named != NULL;
    for (const char *at = command->path; (at = strstr(at, "{}")); at += 2)
        count++;
    return count;
}

/* "dial ROOM URI [KEY=VALUE...]" */
static void print_usage(FILE *out, const struct ctl_command *command)
{
    char line[128], upper[32] = "";
    for (size_t i = 0; command->named && command->named[i] && i < sizeof(upper) - 1; i++)
        upper[i] = (char)(command->named[i] - 'a' + 'A');
    snprintf(line, sizeof(line), "%s %s%s%s%s%s%s", command->resource, command->action,
             command->arguments[0] ? " " : "", command->arguments, upper[0] ? " " : "", upper,
             command->fields ? " KEY=VALUE..." : "");
    fprintf(out, "  %-48s %s%s%s\n", line, command->help,
            command->fields ? (command->help[0] ? ": " : "as ") : "",
            command->fields ? command->fields : "");
}

static bool is_resource(const char *word)
{
    bool is = false;
    for (unsigned i = 0; i < COMMANDS && !is; i++)
        is = strcmp(commands[i].resource, word) == 0;
    return is;
}

void ctl_command_help(FILE *out, const char *resource)
{
    bool all = !resource || !is_resource(resource);
    for (unsigned i = 0; i < COMMANDS; i++) {
        if (all || strcmp(commands[i].resource, resource) == 0)
            print_usage(out, &commands[i]);
    }
}

void ctl_command_words(FILE *out, const char *resource)
{
    const char *last = "";
    for (unsigned i = 0; i < COMMANDS; i++) {
        bool is_new = strcmp(last, commands[i].resource) != 0;
        last = commands[i].resource;
        if (resource && strcmp(last, resource) == 0)
            fprintf(out, "%s\n", commands[i].action);
        else if (!resource && is_new)
            fprintf(out, "%s\n", last);
    }
}
