/*
 * room_defaults.h - how a room is set that does not say otherwise, by the configuration.
 *
 * Thread   main, control.
 */
#ifndef SERVER_ROOM_DEFAULTS_H
#define SERVER_ROOM_DEFAULTS_H

#include "conf/conf.h"
#include "server/room/room.h"

/** @p conf is a checked one. */
struct room_settings room_defaults(const struct conf *conf);

#endif
