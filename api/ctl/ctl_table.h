/*
 * ctl_table.h - JSON for people: items as a table, an object as lines.
 *
 * What comes from the network is shown without control characters: a name cannot move the
 * cursor.
 *
 * Thread   any; pure.
 */
#ifndef API_CTL_CTL_TABLE_H
#define API_CTL_CTL_TABLE_H

#include <jansson.h>
#include <stdio.h>

/** @p items, an array of objects, as a table of @p columns ("name now.up"), where a dot
 *  leads into an object; NULL: of all that are no objects or arrays in the first item.
 *  @return 0; -ENOMEM. */
int ctl_table_print(FILE *out, const json_t *items, const char *columns);

/** "name: blue", a line for each member; what is in one of its objects as "video.layout". */
void ctl_table_print_object(FILE *out, const json_t *object);

/** All of one event on one line: "participant_joined room=blue participant.id=...". */
void ctl_table_print_line(FILE *out, const json_t *object);

#endif
