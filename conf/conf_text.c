/* conf_text.c - what texts of the configuration look like. */
#include "conf/conf_text.h"

#include <arpa/inet.h>
#include <string.h>

static const char letters_and_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/* A number of 1 to 5 digits at *text, which is moved behind it; -1 if there is none. */
static int take_number(const char **text)
{
    size_t digits = strspn(*text, "0123456789");
    int value = 0;
    if (!digits || digits > 5)
        return -1;
    for (; digits; digits--)
        value = value * 10 + (*(*text)++ - '0');
    return value;
}

static bool is_ip(int family, const char *begin, size_t length)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (length >= sizeof(text))
        return false;
    memcpy(text, begin, length);
    text[length] = '\0';
    return inet_pton(family, text, &address) == 1;
}

/* An address and a port, and nothing else before @p until. */
static bool is_address_port_until(const char *text, const char *until)
{
    const char *colon = memrchr(text, ':', (size_t)(until - text));
    if (!colon)
        return false;
    size_t length = (size_t)(colon - text);
    bool bracketed = length > 2 && text[0] == '[' && text[length - 1] == ']';
    if (bracketed ? !is_ip(AF_INET6, text + 1, length - 2) : !is_ip(AF_INET, text, length))
        return false;
    const char *end = colon + 1;
    int port = take_number(&end);
    return port >= 1 && port <= UINT16_MAX && end == until;
}

bool conf_text_is_address_port(const char *text)
{
    return is_address_port_until(text, text + strlen(text));
}

static bool is_srtp_option(const char *text)
{
    static const char begin[] = ";srtp=";
    if (strncmp(text, begin, sizeof(begin) - 1) != 0)
        return false;
    const char *word = text + sizeof(begin) - 1;
    return !strcmp(word, "off") || !strcmp(word, "optional") || !strcmp(word, "required");
}

bool conf_text_is_msrp_listen(const char *text)
{
    return (!strncmp(text, "tcp:", 4) || !strncmp(text, "tls:", 4)) &&
           is_address_port_until(text + 4, text + strlen(text));
}

/* UDP and TCP of one address are one. */
static bool is_plain_listener(const char *text)
{
    return !strncmp(text, "udp:", 4) || !strncmp(text, "tcp:", 4);
}

/* Bytes of "udp:" and so on; 0: it has none. */
static size_t listener_scheme(const char *text)
{
    if (!strncmp(text, "ws:", 3))
        return 3;
    return is_plain_listener(text) || !strncmp(text, "tls:", 4) || !strncmp(text, "wss:", 4)
               ? 4
               : 0;
}

bool conf_text_is_sip_listen(const char *text)
{
    const size_t scheme = listener_scheme(text);
    const char *end = text + strcspn(text, ";");
    return scheme && is_address_port_until(text + scheme, end) &&
           (!*end || is_srtp_option(end));
}

bool conf_text_listeners_differ(const char *one, const char *other)
{
    const size_t length = strcspn(one, ";"), scheme = listener_scheme(one);
    const bool is_same_kind =
        !strncmp(one, other, scheme) || (is_plain_listener(one) && is_plain_listener(other));
    return is_same_kind && length == strcspn(other, ";") &&
           !strncmp(one + scheme, other + scheme, length - scheme) &&
           strcmp(one + length, other + length) != 0;
}

bool conf_text_is_address(const char *text)
{
    size_t length = strlen(text);
    return is_ip(AF_INET, text, length) || is_ip(AF_INET6, text, length);
}

bool conf_text_is_host_rule(const char *text)
{
    size_t length = strlen(text);
    if (!strcmp(text, "*"))
        return true;
    if (text[0] == '[' && text[length - 1] == ']')
        return is_ip(AF_INET6, text + 1, length - 2);
    if (!strncmp(text, "*.", 2)) {
        text += 2;
        length -= 2;
    }
    if (!length || length > 253 || text[0] == '.' || text[0] == '-')
        return false;
    for (const char *c = text; *c; c++)
        if (!strchr(letters_and_digits, *c) && !strchr("-._", *c))
            return false;
    return !strstr(text, "..");
}

bool conf_text_is_domain(const char *text)
{
    return text[0] != '*' && conf_text_is_host_rule(text);
}

static bool is_block(const char *text)
{
    const char *slash = strchr(text, '/');
    if (!slash)
        return conf_text_is_address(text);
    size_t length = (size_t)(slash - text);
    bool is_four = is_ip(AF_INET, text, length);
    if (!is_four && !is_ip(AF_INET6, text, length))
        return false;
    const char *end = slash + 1;
    int bits = take_number(&end);
    return bits >= 0 && bits <= (is_four ? 32 : 128) && !*end;
}

bool conf_text_is_block(const char *text)
{
    return is_block(text);
}

/* A host of digits and dots only is a broken address, not a name. */
bool conf_text_is_fetch_rule(const char *text)
{
    if (is_block(text))
        return true;
    bool is_numeric = text[strspn(text, "0123456789.")] == '\0';
    return !is_numeric && text[0] != '[' && strcmp(text, "*") != 0 &&
           conf_text_is_host_rule(text);
}

bool conf_text_is_header_row(const char *text)
{
    static const char token[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    size_t header = strspn(text, token);
    if (strncasecmp(text, "X-", 2) != 0 || header < 3 || header > 64 || text[header] != ':')
        return false;
    const char *name = text + header + 1;
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return length && length <= 32 && !name[length];
}

bool conf_text_is_sound(const char *text)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '/')
            return false;
    return *text && *text != '.';
}

bool conf_text_is_file(const char *text)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return false;
    return *text && strlen(text) <= 1024;
}

bool conf_text_is_socket(const char *text)
{
    return *text == '/' ? conf_text_is_file(text) : conf_text_is_address_port(text);
}

bool conf_text_is_base_url(const char *text)
{
    const char *host = strncmp(text, "https://", 8) == 0  ? text + 8
                       : strncmp(text, "http://", 7) == 0 ? text + 7
                                                          : "";
    for (const char *c = host; *c; c++)
        if (*c <= ' ' || *c > '~' || strchr("\"<>\\^`{|}?#", *c))
            return false;
    return *host && *host != '/' && host[strlen(host) - 1] != '/';
}

bool conf_text_is_type_rule(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+";
    const size_t kind = strspn(text, allowed);
    const char *rest = text[kind] == '/' ? text + kind + 1 : "";
    if (strcmp(text, "*/*") == 0)
        return true;
    return kind && *rest && (strcmp(rest, "*") == 0 || !rest[strspn(rest, allowed)]);
}

bool conf_text_is_colour(const char *text)
{
    return text[0] == '#' && strspn(text + 1, "0123456789abcdefABCDEF") == 6 && !text[7];
}

bool conf_text_is_realm(const char *text)
{
    for (const char *c = text; *c; c++)
        if (*c <= ' ' || *c > '~' || *c == '"' || *c == '\\')
            return false;
    return *text;
}

bool conf_text_is_token(const char *text)
{
    size_t body = 0;
    while (text[body] &&
           (strchr(letters_and_digits, text[body]) || strchr("-._~+/", text[body])))
        body++;
    return body && !text[body + strspn(text + body, "=")];
}

bool conf_text_ports(const char *text, uint16_t *first, uint16_t *last)
{
    int from = take_number(&text);
    if (from < 1024 || *text++ != '-')
        return false;
    int to = take_number(&text);
    if (*text || to > UINT16_MAX)
        return false;
    from += from & 1;
    if (to <= from)
        return false;
    *first = (uint16_t)from;
    *last = (uint16_t)to;
    return true;
}

/* RFC 6454 section 6.2: scheme, host in lower case, perhaps a port; no path, not even a slash.
 */
bool conf_text_is_origin(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-:[]";
    if (strcmp(text, "*") == 0)
        return true;
    const size_t scheme = strncmp(text, "https://", 8) == 0 ? 8 : 7;
    if (scheme == 7 && strncmp(text, "http://", 7) != 0)
        return false;
    return text[scheme] && !text[scheme + strspn(text + scheme, allowed)];
}
