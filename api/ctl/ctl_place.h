/*
 * ctl_place.h - where the server is, and with which token: by the configuration that the server
 * reads, too, or as the command line says.
 *
 * Thread   main.
 */
#ifndef API_CTL_CTL_PLACE_H
#define API_CTL_CTL_PLACE_H

struct ctl_options {
    const char *config;     /* NULL: defaults and environment              */
    const char *url;        /* "https://meet.example.com"; NULL: as configured */
    const char *token_file; /* NULL: as configured                         */
    const char *ca;         /* a file of certificates; NULL: the system's  */
};

struct ctl_place {
    char *url;   /* owned, without a slash at its end */
    char *token; /* owned */
};

/** @return 0; else an errno after a line on stderr. */
int ctl_place_find(const struct ctl_options *options, struct ctl_place *place);
void ctl_place_finish(struct ctl_place *place);

#endif
