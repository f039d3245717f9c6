/*
 * api_web.h - the files of api/web, carried in the program: the page that joins a room.
 *
 * Thread   any; constant.
 */
#ifndef API_API_WEB_H
#define API_API_WEB_H

struct api_web_file {
    const char *name; /* "join.js" */
    const char *text; /* ends with a NUL */
};

/** All of them, up to one whose name is NULL. CMake writes it (api/CMakeLists.txt). */
extern const struct api_web_file api_web_files[];

#endif
