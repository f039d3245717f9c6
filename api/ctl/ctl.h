/*
 * ctl.h - raduno ctl: asks a running server by its API.
 *
 *   raduno ctl rooms list
 *   raduno ctl participants mute blue alice
 *   raduno ctl --json rooms show blue
 *   raduno ctl events follow
 *
 * Thread   main; nothing else runs.
 */
#ifndef API_CTL_CTL_H
#define API_CTL_CTL_H

enum ctl_exit {
    CTL_EXIT_GOOD = 0,
    CTL_EXIT_REFUSED = 1,    /* the server said no; stderr has its words */
    CTL_EXIT_USAGE = 2,      /* the command line or the configuration is wrong */
    CTL_EXIT_UNREACHABLE = 3 /* nobody answers */
};

/** Does what the words behind "raduno ctl" say: @p argv[0] is "ctl". @return an exit code. */
int ctl_run(int argc, char *const argv[]);

#endif
