/*
 * ctl_command.h - what can be asked: one table, for doing it and for --help.
 *
 * Thread   any; pure.
 */
#ifndef API_CTL_CTL_COMMAND_H
#define API_CTL_CTL_COMMAND_H

#include <stdio.h>

enum ctl_answer {
    CTL_NOTHING, /* "done"                                         */
    CTL_ONE,     /* an object                                      */
    CTL_LIST,    /* {"items": [...], "next": ...}: all pages of it */
    CTL_TEXT,    /* as it comes                                    */
    CTL_STREAM,  /* events, until they end                         */
};

struct ctl_command {
    const char *resource, *action;
    const char *arguments; /* "ROOM PARTICIPANT", a word for each {} of the path, in order */
    const char *method, *path;
    enum ctl_answer answer;
    const char *help;
    const char *body;    /* a constant one; NULL: of the fields, if it takes any         */
    const char *named;   /* one more argument, which becomes this field; NULL: none      */
    const char *fields;  /* NULL: none; else an example of them, for the help            */
    const char *columns; /* of a list's table, with spaces between; NULL: all plain ones */
};

/** NULL: there is no such command. */
const struct ctl_command *ctl_command_find(const char *resource, const char *action);

/** How many arguments it takes in front of fields. */
unsigned ctl_command_arguments(const struct ctl_command *command);

/** All commands, or those of @p resource; all, too, if there is none of that name. */
void ctl_command_help(FILE *out, const char *resource);

/** The words that are resources, or actions of @p resource, a line each: for completion. */
void ctl_command_words(FILE *out, const char *resource);

#endif
