/*
 * ua_msrp.h - the ports where MSRP comes in, and their certificate.
 *
 *   ua_msrp_begin(ua, &why);        ua->msrp; NULL: there is none
 *   ua_msrp_reload(ua, &why);       SIGHUP
 *
 * Thread   control.
 */
#ifndef SERVER_SIP_UA_MSRP_H
#define SERVER_SIP_UA_MSRP_H

struct ua;

/** Binds the endpoints of the configuration. @return 0; else an errno and *why. */
int ua_msrp_begin(struct ua *ua, char **why);

/** Reads the certificate again. @return 0; else an errno and *why: what was before stays. */
int ua_msrp_reload(struct ua *ua, char **why);

#endif
