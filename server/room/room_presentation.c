/* room_presentation.c - a member of the room's pictures that is nobody: its face is the page.
 */
#include "server/room/room_presentation.h"

#include "mixer/base/check.h"
#include "mixer/base/log.h"
#include "mixer/base/random.h"
#include "mixer/video/image.h"
#include "server/room/room_internal.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char pdf_type[] = "application/pdf";

const char *room_presentation_state_word(enum room_presentation_state state)
{
    static const char *const words[] = {
        [ROOM_PRESENTATION_PREPARING] = "preparing",
        [ROOM_PRESENTATION_SHOWN] = "shown",
        [ROOM_PRESENTATION_FAILED] = "failed",
    };
    assert(state < sizeof(words) / sizeof(words[0]));
    return words[state];
}

const struct room_presentation_info *room_presentation(const struct room *room)
{
    return room->presentation ? &room->presentation->info : NULL;
}

static void tell(struct room *room)
{
    struct room_event event = {.kind = ROOM_EVENT_ROOM_PRESENTATION, .room = room};
    room_events_raise(&room->list->events, &event);
}

/* ---- in the pictures ---- */

static struct video_look look_of(const struct room_presentation *presentation)
{
    const struct room_presentation_info *info = &presentation->info;
    struct video_look look = {.presents = true, .joined = 0};
    if (info->pages > 1)
        snprintf(look.name, sizeof(look.name), "%.100s, %u/%u", info->name,
                 presentation->shown_page, info->pages);
    else
        snprintf(look.name, sizeof(look.name), "%.120s", info->name);
    snprintf(look.avatar, sizeof(look.avatar), "%s", presentation->picture);
    return look;
}

void room_presentation_update(struct room *room)
{
    struct room_presentation *presentation = room->presentation;
    if (!presentation)
        return;
    const bool wanted =
        presentation->picture && room->video_room && room->settings.video.enabled;
    if (!wanted) {
        video_remove_voice(presentation->seat);
        presentation->seat = NULL;
        return;
    }
    struct video_look look = look_of(presentation);
    if (presentation->seat)
        video_voice_set_look(presentation->seat, &look);
    else
        presentation->seat = video_add_voice(room->video_room, &look);
}

/* ---- pages ---- */

static void drop_picture(struct room_presentation *presentation, char *picture)
{
    if (picture && presentation->is_drawn)
        file_desk_remove(presentation->list->files.desk, picture);
    free(picture);
}

static void bury(struct room_presentation *presentation)
{
    free(presentation->next_picture);
    free(presentation->path);
    free(presentation);
}

static int draw(struct room_presentation *presentation);

static void show(struct room_presentation *presentation)
{
    drop_picture(presentation, presentation->picture);
    presentation->picture = presentation->next_picture;
    presentation->next_picture = NULL;
    presentation->shown_page = presentation->job.page.page;
    presentation->info.pages = presentation->job.page.pages;
    presentation->info.state = ROOM_PRESENTATION_SHOWN;
    room_presentation_update(presentation->room);
}

static void on_drawn(struct file_job *job)
{
    struct room_presentation *presentation = (struct room_presentation *)job; /* first field */
    struct room_presentation_info *info = &presentation->info;
    presentation->is_drawing = false;
    if (!presentation->room || job->err < 0) { /* ended meanwhile, or it cannot be drawn */
        file_desk_remove(presentation->list->files.desk, presentation->next_picture);
        free(presentation->next_picture);
        presentation->next_picture = NULL;
    }
    if (!presentation->room) {
        bury(presentation);
        return;
    }
    if (job->err < 0) {
        log_warn("room", "room %s: page %u of a file cannot be drawn: %s",
                 presentation->room->name, job->page.page, strerror(-job->err));
        info->state = ROOM_PRESENTATION_FAILED;
    } else {
        show(presentation);
    }
    if (info->page != job->page.page && draw(presentation) == 0)
        return;
    tell(presentation->room);
}

/* The page that is wanted; if one is being drawn, that one comes first. */
static int draw(struct room_presentation *presentation)
{
    char id[ROOM_FILE_ID_BYTES];
    if (presentation->is_drawing)
        return 0;
    random_name(id, sizeof(id));
    if (asprintf(&presentation->next_picture, "%s/%s", presentation->list->files.directory,
                 id) < 0) {
        presentation->next_picture = NULL;
        return -ENOMEM;
    }
    presentation->job.on_done = on_drawn;
    presentation->job.page.page = presentation->info.page;
    int err = file_desk_render(presentation->list->files.desk, &presentation->job,
                               presentation->path, presentation->next_picture);
    if (err < 0) {
        free(presentation->next_picture);
        presentation->next_picture = NULL;
        return err;
    }
    presentation->is_drawing = true;
    presentation->info.state = ROOM_PRESENTATION_PREPARING;
    return 0;
}

/* ---- begin and end ---- */

static void remove_it(struct room *room)
{
    struct room_presentation *presentation = room->presentation;
    if (!presentation)
        return;
    room->presentation = NULL;
    video_remove_voice(presentation->seat);
    drop_picture(presentation, presentation->picture);
    presentation->seat = NULL;
    presentation->picture = NULL;
    presentation->room = NULL;
    if (!presentation->is_drawing)
        bury(presentation);
}

void room_presentation_end(struct room *room)
{
    ASSERT_CONTROL();
    if (!room->presentation)
        return;
    remove_it(room);
    tell(room);
}

static int check(const struct room *room, const struct room_file_info *info)
{
    static const char *const images[] = {"image/jpeg", "image/png", "image/webp"};
    if (!room->list->video)
        return -ENOSYS;
    if (strcmp(info->type, pdf_type) == 0)
        return 0;
    for (unsigned i = 0; i < sizeof(images) / sizeof(images[0]); i++) {
        if (strcmp(info->type, images[i]) == 0)
            return info->bytes <= IMAGE_MAX_BYTES ? 0 : -EFBIG;
    }
    return -EMEDIUMTYPE;
}

static struct room_presentation *make(struct room *room, const struct room_file *file,
                                      unsigned page, const struct participant *participant)
{
    const struct room_file_info *info = room_file_info(file);
    struct room_presentation *made = calloc(1, sizeof(*made));
    char *path = room_file_path(file);
    if (!made || !path) {
        free(made);
        free(path);
        return NULL;
    }
    made->list = room->list;
    made->room = room;
    made->path = path;
    made->is_drawn = strcmp(info->type, pdf_type) == 0;
    made->info.page = page;
    memcpy(made->info.file, info->id, sizeof(made->info.file));
    memcpy(made->info.name, info->name, sizeof(made->info.name));
    if (participant)
        memcpy(made->info.presenter, participant->info.id, sizeof(made->info.presenter));
    return made;
}

/* An image is its own picture. */
static int prepare(struct room_presentation *presentation)
{
    if (presentation->is_drawn)
        return draw(presentation);
    presentation->picture = strdup(presentation->path);
    presentation->shown_page = presentation->info.page = presentation->info.pages = 1;
    presentation->info.state = ROOM_PRESENTATION_SHOWN;
    return presentation->picture ? 0 : -ENOMEM;
}

int room_presentation_begin(struct room *room, const struct room_file *file, unsigned page,
                            const struct participant *participant)
{
    ASSERT_CONTROL();
    int err = check(room, room_file_info(file));
    if (err < 0)
        return err;
    struct room_presentation *made = make(room, file, page, participant);
    err = made ? prepare(made) : -ENOMEM;
    if (err < 0) {
        if (made)
            bury(made);
        return err;
    }
    remove_it(room);
    room->presentation = made;
    room_presentation_update(room);
    tell(room);
    return 0;
}

int room_presentation_turn(struct room *room, unsigned page)
{
    ASSERT_CONTROL();
    struct room_presentation *presentation = room->presentation;
    if (!presentation)
        return -ENOENT;
    struct room_presentation_info *info = &presentation->info;
    if (page < 1 || (info->pages && page > info->pages))
        return -ERANGE;
    if (page == info->page)
        return 0;
    const unsigned before = info->page;
    info->page = page;
    int err = draw(presentation);
    if (err < 0)
        info->page = before;
    else
        tell(room);
    return err;
}

void room_presentation_leave(const struct participant *participant)
{
    const struct room_presentation *presentation = participant->room->presentation;
    if (presentation && strcmp(presentation->info.presenter, participant->info.id) == 0)
        room_presentation_end(participant->room);
}

void room_presentation_forget(struct room *room, const struct room_file *file)
{
    const struct room_presentation *presentation = room->presentation;
    if (presentation && strcmp(presentation->info.file, file->info.id) == 0)
        room_presentation_end(room);
}
