/* api_openapi.c - openapi.yaml, carried in the program. */
#include "api/api_openapi.h"

#include "api/api_internal.h"

/* The assembler reads the file; CMake (API_OPENAPI_PATH) makes this object depend on it. */
__asm__(".pushsection .rodata\n"
        ".global api_openapi_text\n"
        ".type api_openapi_text, @object\n"
        "api_openapi_text:\n"
        ".incbin \"" API_OPENAPI_PATH "\"\n"
        ".byte 0\n"
        ".size api_openapi_text, . - api_openapi_text\n"
        ".popsection\n");

void api_serve_openapi(struct api *api, struct api_request *request)
{
    (void)api;
    request->answer.status = 200;
    request->answer.constant = api_openapi_text;
    request->answer.content_type = "application/yaml";
}
