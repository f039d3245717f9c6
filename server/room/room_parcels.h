/*
 * room_parcels.h - files that accounts send in messages: they are in no room yet, or never
 * will be.
 *
 *   room_parcel_open(rooms, "alice", 1024, &file);   COMING; then as any file (room_files.h):
 *                                                    lend, rename, return, check
 *   room_parcel_find(rooms, id)                      one that is whole
 *   room_parcel_share(parcel, room, &by, &file);     it is in the room, too
 *   room_parcels_end(rooms, "alice")                 alice is deleted
 *
 * A parcel counts in its account's and the server's quota, is in the store, and ends after its
 * time. One that is shared in rooms is there as a file of each room's own, of the same bytes,
 * with that room's quota and time. There are no events of parcels.
 *
 * Thread   control.
 */
#ifndef SERVER_ROOM_ROOM_PARCELS_H
#define SERVER_ROOM_ROOM_PARCELS_H

#include "server/room/room_files.h"

/** At most @p most_bytes will come; 0: that is not known.
 *  @return as room_file_open(); -EDQUOT: it would be too much of that account; -ENOSYS:
 * accounts send no files here. */
int room_parcel_open(struct room_list *list, const char *account, uint64_t most_bytes,
                     struct room_file **file);

/** NULL: there is none of that id, or it is not whole. */
struct room_file *room_parcel_find(const struct room_list *list, const char *id);

/** The account is no more: its parcels go, also those that are coming; what was shared in rooms
 *  stays. */
void room_parcels_end(struct room_list *list, const char *account);

/** Who shares it; borrowed for the call. Strings may be NULL. */
struct room_parcel_sharer {
    const char *name, *id;
};

/** Raises ROOM_EVENT_FILE_SHARED. @return 0 and *file; as room_file_open(); what link(2) says.
 */
int room_parcel_share(const struct room_file *parcel, struct room *room,
                      const struct room_parcel_sharer *sharer, struct room_file **file);

#endif
