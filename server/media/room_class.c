/* room_class.c - one encoder for many ears, handed on without a seam. */
#include "server/media/room_class.h"

void room_class_begin(struct room_classes *classes)
{
    classes->count = 0;
}

static struct room_class *look_up(struct room_classes *classes, struct leg_media *leg,
                                  uint32_t hears)
{
    const struct leg_out *out = leg_media_out(leg);
    for (unsigned i = 0; i < classes->count; i++) {
        struct room_class *class = &classes->class[i];
        if (class->leader == leg ||
            (class->hears == hears && leg_out_same(leg_media_out(class->leader), out)))
            return class;
    }
    return NULL;
}

static struct room_class *found(struct room_classes *classes, struct leg_media *leg,
                                uint32_t hears)
{
    if (classes->count == ROOM_CLASSES || leg_media_out(leg)->codec->encodes_alone)
        return NULL;
    struct room_class *class = &classes->class[classes->count++];
    class->leader = leg;
    class->hears = hears;
    class->is_made = false;
    return class;
}

void room_class_keep(struct room_classes *classes, struct leg_media *leg, uint32_t hears)
{
    if (leg->leader == leg && !look_up(classes, leg, hears))
        found(classes, leg, hears);
}

struct room_class *room_class_find(struct room_classes *classes, struct leg_media *leg,
                                   uint32_t hears)
{
    struct room_class *class = look_up(classes, leg, hears);
    if (!class) {
        class = found(classes, leg, hears);
        room_class_leave(leg);
    } else {
        leg->leader = class->leader;
    }
    return class;
}

struct room_class *room_class_of(struct room_classes *classes, const struct leg_media *leg)
{
    for (unsigned i = 0; i < classes->count; i++) {
        if (classes->class[i].leader == leg->leader)
            return &classes->class[i];
    }
    return NULL;
}

void room_class_leave(struct leg_media *leg)
{
    struct leg_media *leader = leg->leader;
    if (leader && leader != leg && leg_out_alike(leg_media_out(leg), leg_media_out(leader)))
        leg_out_copy(leg_media_out(leg), leg_media_out(leader));
    leg->leader = leg;
}

void room_class_abdicate(struct leg_media *leg, struct leg_media *legs)
{
    struct leg_media *heir = NULL;
    for (struct leg_media *member = legs; member; member = member->next) {
        if (member == leg || member->leader != leg)
            continue;
        if (!heir) {
            heir = member;
            room_class_leave(heir);
        }
        member->leader = heir;
    }
}
