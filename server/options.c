/* options.c - the command line. */
#include "server/options.h"

#include "conf/conf.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

int options_read(int argc, char *const argv[], struct options *options)
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'},
        {"set", required_argument, NULL, 's'},
        {"json", no_argument, NULL, 'j'},
        {"check", no_argument, NULL, 'k'},
        {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    *options = (struct options){.doctor = argc > 1 && strcmp(argv[1], "doctor") == 0};
    if (options->doctor)
        optind = 2;
    for (int option; (option = getopt_long(argc, argv, "h", known, NULL)) != -1;) {
        switch (option) {
        case 'c':
            options->config = optarg;
            break;
        case 's':
            if (options->set_count == OPTIONS_MAX_SETS) {
                fprintf(stderr, "raduno: more than %d --set\n", OPTIONS_MAX_SETS);
                return -EINVAL;
            }
            options->sets[options->set_count++] = optarg;
            break;
        case 'j':
            options->json = true;
            break;
        case 'k':
            options->check = true;
            break;
        case 'v':
            options->version = true;
            break;
        case 'h':
            options->help = true;
            break;
        default:
            fprintf(stderr, "raduno: see raduno --help\n");
            return -EINVAL;
        }
    }
    if (options->json && !options->doctor) {
        fprintf(stderr, "raduno: --json belongs to raduno doctor\n");
        return -EINVAL;
    }
    if (optind < argc) {
        fprintf(stderr, "raduno: '%s' is not an option; see raduno --help\n", argv[optind]);
        return -EINVAL;
    }
    return 0;
}

void options_help(void)
{
    printf(
        "raduno %s - SIP multimedia conferencing server\n"
        "\n"
        "usage: raduno [--config FILE] [--set KEY=VALUE]... [--check]\n"
        "       raduno ctl RESOURCE ACTION ...    asks a running server; see raduno ctl "
        "--help\n"
        "       raduno doctor [--json] [--config FILE] ...    looks whether this machine fits "
        "the configuration\n"
        "       raduno --version | --help\n"
        "\n"
        "  --config FILE     read the configuration from FILE (JSON)\n"
        "  --set KEY=VALUE   set one key, as in --set rooms.max_participants=50; wins over\n"
        "                    the environment, which wins over the file\n"
        "  --check           check the configuration, say what is wrong, and exit\n"
        "  --version         print the version and exit\n"
        "  --help            print this and exit\n"
        "\n"
        "Signals: TERM and INT say goodbye to all callers and end the server;\n"
        "a second one ends it at once. HUP reads the configuration again.\n"
        "\n"
        "Keys, their defaults and what is allowed. In the environment, RADUNO_SIP_LISTEN=...\n"
        "does what --set sip.listen=... does.\n"
        "\n",
        RADUNO_VERSION);
    conf_print_keys(stdout);
}
