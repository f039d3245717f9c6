/*
 * info_picture.h - a key frame that is asked for by SIP INFO, as devices do that know no RTCP
 * feedback.
 *
 *   switch (info_picture_read("application/media_control+xml", body, length)) ...
 *   INFO with INFO_PICTURE_TYPE and INFO_PICTURE_BODY asks the far end for one
 *
 * Its tags are walked (xml_walk.h); it is looked whether picture_fast_update is among them.
 *
 * Thread   any; pure.
 * Errors   -ENOTSUP another content type; -EBADMSG tags that do not fit together, or a body of
 *          above INFO_PICTURE_MAX_BYTES; -ENOMSG it asks for something else.
 * Source   RFC 5168 sections 4 and 5 (media_control, vc_primitive, to_encoder); XML 1.0
 *          section 2.
 */
#ifndef SERVER_SIP_INFO_PICTURE_H
#define SERVER_SIP_INFO_PICTURE_H

#include <stddef.h>

enum { INFO_PICTURE_MAX_BYTES = 4096 };

#define INFO_PICTURE_TYPE "application/media_control+xml"

#define INFO_PICTURE_BODY                                                                      \
    "<?xml version=\"1.0\" encoding=\"utf-8\" ?>\r\n"                                          \
    "<media_control><vc_primitive><to_encoder><picture_fast_update/></to_encoder>"             \
    "</vc_primitive></media_control>\r\n"

/**
 * Reads @p length bytes of @p body, none of them behind its end. @p content_type may have
 * parameters, which are ignored, and may be NULL.
 *
 * @return 0: a key frame is asked for; or see Errors.
 */
int info_picture_read(const char *content_type, const char *body, size_t length);

#endif
