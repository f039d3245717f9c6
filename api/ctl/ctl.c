/* ctl.c - words into a request, an answer into a table. */
#include "api/ctl/ctl.h"

#include "api/ctl/ctl_client.h"
#include "api/ctl/ctl_command.h"
#include "api/ctl/ctl_fields.h"
#include "api/ctl/ctl_place.h"
#include "api/ctl/ctl_table.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct ctl {
    const struct ctl_command *command;
    struct ctl_client *client;
    bool as_json, wants_help, wants_words;
    char *const *words; /* behind RESOURCE ACTION */
    unsigned word_count;
};

/* ---- help ---- */

static void print_help(FILE *out, const char *resource)
{
    fprintf(out,
            "usage: raduno ctl [OPTION...] RESOURCE ACTION [ARGUMENT...] [KEY=VALUE...]\n"
            "\n"
            "  --config FILE      the server's configuration: where it listens, and its token\n"
            "  --url URL          another server, as https://meet.example.com\n"
            "  --token-file FILE  another token\n"
            "  --ca FILE          whose certificates are believed\n"
            "  --json             answers as JSON; events one to a line\n"
            "  --help             this, or behind a RESOURCE its actions\n"
            "\n"
            "KEY=TEXT is a text, KEY:=JSON anything else (locked:=true), A.B=TEXT the B in A.\n"
            "A PARTICIPANT is an id or a name. Exit codes: 0 done, 1 refused, 2 wrong use,\n"
            "3 nobody answers.\n"
            "\n");
    ctl_command_help(out, resource);
}

/* ---- refusals ---- */

static void print_refusal(const struct ctl_reply *reply)
{
    json_t *problem = json_loadb(reply->text ? reply->text : "", reply->length, 0, NULL);
    const char *detail = json_string_value(json_object_get(problem, "detail"));
    fprintf(stderr, "raduno ctl: %ld: %s\n", reply->status,
            detail ? detail : "the server refuses");
    size_t index;
    json_t *fault;
    json_array_foreach(json_object_get(problem, "errors"), index, fault)
    {
        const char *field = json_string_value(json_object_get(fault, "field"));
        const char *parameter = json_string_value(json_object_get(fault, "parameter"));
        const char *said = json_string_value(json_object_get(fault, "detail"));
        fprintf(stderr, "  %s %s\n",
                field       ? field
                : parameter ? parameter
                            : "",
                said ? said : "");
    }
    json_decref(problem);
}

/* Asks, and says what is wrong. @return an exit code; if GOOD, *json is the answer, or NULL if
 * it has none. */
static int ask(struct ctl *ctl, const char *method, const char *path, const json_t *body,
               json_t **json)
{
    struct ctl_reply reply;
    *json = NULL;
    int err = ctl_client_ask(ctl->client, method, path, body, NULL, NULL, &reply);
    if (err < 0)
        return CTL_EXIT_UNREACHABLE;
    int code = reply.status < 300 ? CTL_EXIT_GOOD : CTL_EXIT_REFUSED;
    if (code != CTL_EXIT_GOOD)
        print_refusal(&reply);
    else if (reply.length && !(*json = json_loadb(reply.text, reply.length, 0, NULL))) {
        fprintf(stderr, "raduno ctl: the answer is no JSON: is this a Raduno?\n");
        code = CTL_EXIT_UNREACHABLE;
    }
    ctl_reply_finish(&reply);
    return code;
}

/* ---- all pages of a list ---- */

/* The page behind @p after (NULL: the first), to the end of @p items. *next: owned, or NULL. */
static int ask_page(struct ctl *ctl, const char *path, const char *after, json_t *items,
                    char **next)
{
    char *target = NULL, *escaped = after ? ctl_client_escape(ctl->client, after) : NULL;
    json_t *page = NULL;
    int code = CTL_EXIT_UNREACHABLE;
    *next = NULL;
    if (asprintf(&target, "%s%s%s", path, escaped ? "?after=" : "", escaped ? escaped : "") >=
        0)
        code = ask(ctl, "GET", target, NULL, &page);
    const char *said = json_string_value(json_object_get(page, "next"));
    if (said)
        *next = strdup(said);
    json_array_extend(items, json_object_get(page, "items"));
    json_decref(page);
    free(target);
    free(escaped);
    return code;
}

static int ask_list(struct ctl *ctl, const char *path, json_t *items)
{
    char *next = NULL;
    int code;
    do {
        char *after = next;
        code = ask_page(ctl, path, after, items, &next);
        free(after);
    } while (code == CTL_EXIT_GOOD && next);
    free(next);
    return code;
}

/* ---- the path ---- */

/* "sip:alice@example.com" is alice, too. */
static bool is_at(const char *uri, const char *word)
{
    const char *user = strchr(uri, ':');
    size_t length = strlen(word);
    return strcasecmp(uri, word) == 0 ||
           (user && strncasecmp(user + 1, word, length) == 0 && user[1 + length] == '@');
}

static bool is_called(const json_t *participant, const char *word)
{
    const char *name = json_string_value(json_object_get(participant, "display_name"));
    const char *uri = json_string_value(json_object_get(participant, "uri"));
    return (name && strcasecmp(name, word) == 0) || (uri && is_at(uri, word));
}

/* The id of the one in @p items whose id, name or address is @p word. @return NULL after a line
 * on stderr. Borrowed. */
static const char *choose_participant(const json_t *items, const char *word)
{
    const char *found = NULL;
    size_t index;
    json_t *item;
    json_array_foreach(items, index, item)
    {
        const char *id = json_string_value(json_object_get(item, "id"));
        if (id && strcmp(id, word) == 0)
            return id;
        if (!id || !is_called(item, word))
            continue;
        if (found) {
            fprintf(stderr, "raduno ctl: more than one is called \"%s\": give an id\n", word);
            return NULL;
        }
        found = id;
    }
    if (!found)
        fprintf(stderr, "raduno ctl: nobody in the room is called \"%s\"\n", word);
    return found;
}

/* What stands for the next {} of a path that begins with @p begin; owned by the caller. */
static int resolve(struct ctl *ctl, const char *begin, const char *word, char **part)
{
    static const char of_participants[] = "/participants/";
    size_t length = strlen(begin), end = sizeof(of_participants) - 1;
    *part = NULL;
    if (length <= end || strcmp(begin + length - end, of_participants) != 0) {
        *part = ctl_client_escape(ctl->client, word);
        return *part ? CTL_EXIT_GOOD : CTL_EXIT_UNREACHABLE;
    }
    char *list = strndup(begin, length - 1);
    json_t *items = json_array();
    int code = list && items ? ask_list(ctl, list, items) : CTL_EXIT_UNREACHABLE;
    if (code == CTL_EXIT_GOOD) {
        const char *id = choose_participant(items, word);
        *part = id ? strdup(id) : NULL;
        code = *part ? CTL_EXIT_GOOD : CTL_EXIT_REFUSED;
    }
    json_decref(items);
    free(list);
    return code;
}

/* @p path with its {} filled; *made is owned by the caller. */
static int make_path(struct ctl *ctl, const char *path, char **made)
{
    char *begun = strdup("");
    const char *at = path, *gap;
    int code = begun ? CTL_EXIT_GOOD : CTL_EXIT_UNREACHABLE;
    for (unsigned i = 0; code == CTL_EXIT_GOOD && (gap = strstr(at, "{}")); i++, at = gap + 2) {
        char *front = NULL, *part = NULL, *more = NULL;
        if (asprintf(&front, "%s%.*s", begun, (int)(gap - at), at) < 0)
            code = CTL_EXIT_UNREACHABLE;
        else
            code = resolve(ctl, front, ctl->words[i], &part);
        if (code == CTL_EXIT_GOOD && asprintf(&more, "%s%s", front, part) < 0)
            code = CTL_EXIT_UNREACHABLE;
        free(front);
        free(part);
        free(begun);
        begun = more;
    }
    *made = NULL;
    if (code == CTL_EXIT_GOOD && asprintf(made, "%s%s", begun, at) < 0)
        code = CTL_EXIT_UNREACHABLE;
    free(begun);
    return code;
}

/* ---- the body ---- */

static int make_body(const struct ctl *ctl, json_t **body)
{
    const struct ctl_command *command = ctl->command;
    char why[CTL_FIELDS_WHY_BYTES] = "memory is out";
    unsigned taken = ctl_command_arguments(command);
    *body = NULL;
    if (command->body)
        *body = json_loads(command->body, 0, NULL);
    else if (command->named || command->fields)
        *body = json_object();
    if (command->named)
        json_object_set_new(*body, command->named, json_string(ctl->words[taken - 1]));
    for (unsigned i = taken; i < ctl->word_count; i++) {
        if (ctl_fields_add(*body, ctl->words[i], why) < 0) {
            fprintf(stderr, "raduno ctl: %s\n", why);
            json_decref(*body);
            *body = NULL;
            return CTL_EXIT_USAGE;
        }
    }
    return CTL_EXIT_GOOD;
}

/* ---- answers ---- */

static void print_json(const json_t *json)
{
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
    putchar('\n');
}

static int show_list(struct ctl *ctl, const char *path)
{
    json_t *items = json_array();
    int code = ask_list(ctl, path, items);
    if (code == CTL_EXIT_GOOD && ctl->as_json)
        print_json(items);
    else if (code == CTL_EXIT_GOOD && json_array_size(items))
        ctl_table_print(stdout, items, ctl->command->columns);
    else if (code == CTL_EXIT_GOOD)
        fprintf(stderr, "none\n");
    json_decref(items);
    return code;
}

static int show_text(struct ctl *ctl, const char *path)
{
    struct ctl_reply reply;
    if (ctl_client_ask(ctl->client, ctl->command->method, path, NULL, NULL, NULL, &reply) < 0)
        return CTL_EXIT_UNREACHABLE;
    bool is_good = reply.status < 300;
    if (is_good)
        fwrite(reply.text, 1, reply.length, stdout);
    else
        print_refusal(&reply);
    ctl_reply_finish(&reply);
    return is_good ? CTL_EXIT_GOOD : CTL_EXIT_REFUSED;
}

struct follower {
    const struct ctl *ctl;
    char kind[64];
};

/* WHATWG HTML, section 9.2: "event: KIND", "data: JSON", an empty line; ours have one data. */
static void on_event_line(void *context, const char *line)
{
    struct follower *follower = context;
    if (strncmp(line, "event: ", 7) == 0) {
        snprintf(follower->kind, sizeof(follower->kind), "%s", line + 7);
        return;
    }
    json_t *data = strncmp(line, "data: ", 6) == 0 ? json_loads(line + 6, 0, NULL) : NULL;
    if (!data)
        return;
    if (follower->ctl->as_json) {
        json_dumpf(data, stdout, JSON_COMPACT);
        putchar('\n');
    } else {
        fputs(follower->kind, stdout);
        ctl_table_print_line(stdout, data);
    }
    fflush(stdout);
    json_decref(data);
}

static int follow(struct ctl *ctl, const char *path)
{
    struct follower follower = {.ctl = ctl};
    struct ctl_reply reply;
    if (ctl_client_ask(ctl->client, "GET", path, NULL, on_event_line, &follower, &reply) < 0)
        return CTL_EXIT_UNREACHABLE;
    bool is_good = reply.status < 300;
    if (!is_good)
        print_refusal(&reply);
    ctl_reply_finish(&reply);
    return is_good ? CTL_EXIT_GOOD : CTL_EXIT_REFUSED;
}

static int do_and_show(struct ctl *ctl, const char *path, const json_t *body)
{
    json_t *answer;
    int code = ask(ctl, ctl->command->method, path, body, &answer);
    if (code == CTL_EXIT_GOOD && answer && ctl->as_json)
        print_json(answer);
    else if (code == CTL_EXIT_GOOD && answer && ctl->command->answer == CTL_ONE)
        ctl_table_print_object(stdout, answer);
    else if (code == CTL_EXIT_GOOD && !ctl->as_json)
        printf("done\n");
    json_decref(answer);
    return code;
}

static int do_command(struct ctl *ctl)
{
    char *path = NULL;
    json_t *body = NULL;
    int code = make_body(ctl, &body);
    if (code == CTL_EXIT_GOOD)
        code = make_path(ctl, ctl->command->path, &path);
    if (code == CTL_EXIT_GOOD) {
        switch (ctl->command->answer) {
        case CTL_LIST:
            code = show_list(ctl, path);
            break;
        case CTL_TEXT:
            code = show_text(ctl, path);
            break;
        case CTL_STREAM:
            code = follow(ctl, path);
            break;
        case CTL_NOTHING:
        case CTL_ONE:
            code = do_and_show(ctl, path, body);
        }
    }
    json_decref(body);
    free(path);
    return code;
}

/* ---- the command line ---- */

static int read_options(int argc, char *const argv[], struct ctl *ctl,
                        struct ctl_options *options)
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'},
        {"url", required_argument, NULL, 'u'},
        {"token-file", required_argument, NULL, 't'},
        {"ca", required_argument, NULL, 'a'},
        {"json", no_argument, NULL, 'j'},
        {"words", no_argument, NULL, 'w'}, /* for completion in a shell */
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    optind = 1;
    for (int option; (option = getopt_long(argc, argv, "h", known, NULL)) != -1;) {
        switch (option) {
        case 'c':
            options->config = optarg;
            break;
        case 'u':
            options->url = optarg;
            break;
        case 't':
            options->token_file = optarg;
            break;
        case 'a':
            options->ca = optarg;
            break;
        case 'j':
            ctl->as_json = true;
            break;
        case 'w':
            ctl->wants_words = true;
            break;
        case 'h':
            ctl->wants_help = true;
            break;
        default:
            fprintf(stderr, "raduno ctl: see raduno ctl --help\n");
            return CTL_EXIT_USAGE;
        }
    }
    return CTL_EXIT_GOOD;
}

static int misused(const char *what, const char *word, const char *resource)
{
    fprintf(stderr, "raduno ctl: %s%s; see raduno ctl --help\n", what, word);
    if (resource)
        ctl_command_help(stderr, resource);
    return CTL_EXIT_USAGE;
}

static int read_command(struct ctl *ctl, char *const words[], unsigned count)
{
    if (count < 1)
        return misused("what of it? a RESOURCE and an ACTION are needed", "", NULL);
    if (count < 2)
        return misused("an ACTION is needed behind ", words[0], words[0]);
    ctl->command = ctl_command_find(words[0], words[1]);
    if (!ctl->command)
        return misused("there is no such command: ", words[1], words[0]);
    ctl->words = words + 2;
    ctl->word_count = count - 2;
    unsigned needed = ctl_command_arguments(ctl->command);
    if (ctl->word_count < needed)
        return misused("arguments are missing: ", ctl->command->arguments, words[0]);
    if (ctl->word_count > needed && !ctl->command->fields)
        return misused("not understood: ", ctl->words[needed], words[0]);
    return CTL_EXIT_GOOD;
}

static int connect_and_do(struct ctl *ctl, const struct ctl_options *options)
{
    struct ctl_place place;
    if (ctl_place_find(options, &place) < 0)
        return CTL_EXIT_USAGE;
    ctl->client = ctl_client_create(&place, options->ca);
    int code = ctl->client ? do_command(ctl) : CTL_EXIT_UNREACHABLE;
    ctl_client_destroy(ctl->client);
    ctl_place_finish(&place);
    return code;
}

int ctl_run(int argc, char *const argv[])
{
    struct ctl ctl = {.command = NULL};
    struct ctl_options options = {.config = NULL};
    int code = read_options(argc, argv, &ctl, &options);
    if (code != CTL_EXIT_GOOD)
        return code;
    char *const *words = argv + optind; /* getopt_long() has put options in front */
    unsigned count = (unsigned)(argc - optind);
    if (ctl.wants_words)
        ctl_command_words(stdout, count ? words[0] : NULL);
    else if (ctl.wants_help)
        print_help(stdout, count ? words[0] : NULL);
    else if ((code = read_command(&ctl, words, count)) == CTL_EXIT_GOOD)
        code = connect_and_do(&ctl, &options);
    return code;
}
