/* confab.fcgi: every /api/ route. One binary, three ways to run it:
 *
 *   started by a web server with a listening socket as descriptor 0: FastCGI;
 *   with GATEWAY_INTERFACE in the environment: one plain CGI request;
 *   confab.fcgi --listen ...: a service of its own.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto.h"
#include "dispatch.h"
#include "listen.h"
#include "log.h"
#include "prefork.h"
#include "worker.h"

struct options {
    const char *listen, *config;
    int workers;
    unsigned mode;
    int exit_code; /* -1: go on */
};

static const char usage[] =
    "usage: confab.fcgi --listen unix:PATH|ADDRESS:PORT [--workers N] [--mode OCTAL] [--config FILE]\n"
    "\n"
    "  --listen    where the web server finds it (port 0: the kernel chooses, the log tells)\n"
    "  --workers   processes, each with a database connection (4)\n"
    "  --mode      of a Unix socket (0660)\n"
    "  --config    the configuration (default: CONFAB_CONF, else " CONFAB_SYSCONFDIR "/confab/confab.conf)\n"
    "  --version\n"
    "  --help\n"
    "\n"
    "A web server starts it without --listen, as FastCGI or CGI program.\n";

static long number(const char *text, int base, long least, long most, struct options *o, const char *what)
{
    char *end;
    long n;

    errno = 0;
    n = strtol(text, &end, base);
    if (errno == 0 && end != text && *end == '\0' && n >= least && n <= most) return n;
    (void)fprintf(stderr, "confab.fcgi: %s: not a number in range: %s\n", what, text);
    o->exit_code = 2;
    return least;
}

static struct options read_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"listen", required_argument, NULL, 'l'}, {"workers", required_argument, NULL, 'w'},
        {"mode", required_argument, NULL, 'm'},   {"config", required_argument, NULL, 'c'},
        {"version", no_argument, NULL, 'V'},      {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct options o = {.workers = 4, .mode = 0660, .exit_code = -1};
    int option;

    while (o.exit_code < 0 && (option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'l': o.listen = optarg; break;
        case 'c': o.config = optarg; break;
        case 'w': o.workers = (int)number(optarg, 10, 1, PREFORK_WORKERS_MOST, &o, "--workers"); break;
        case 'm': o.mode = (unsigned)number(optarg, 8, 0, 0777, &o, "--mode"); break;
        case 'V':
            (void)puts("confab.fcgi " PACKAGE_VERSION);
            o.exit_code = 0;
            break;
        case 'h':
            (void)fputs(usage, stdout);
            o.exit_code = 0;
            break;
        default: o.exit_code = 2; break;
        }
    }
    if (o.exit_code < 0 && optind < argc) {
        (void)fprintf(stderr, "confab.fcgi: what is %s?\n%s", argv[optind], usage);
        o.exit_code = 2;
    }
    return o;
}

/* One request on stdio. Arguments are not looked at: they are the query of whoever sent it. */
static int serve_cgi(void)
{
    struct io io = IO_CGI;
    char err[300];
    struct api *api = worker_load(NULL, NULL, err, sizeof err);

    if (api == NULL) {
        log_error("cannot start", "%s", err);
        dispatch_broken(&io);
        return 1;
    }
    dispatch(api, &io);
    api_free(api);
    return 0;
}

int main(int argc, char **argv)
{
    bool fastcgi = listen_is(STDIN_FILENO), cgi = !fastcgi && getenv("GATEWAY_INTERFACE") != NULL;
    struct options o = {.exit_code = -1};

    /* Web servers leave pipes of their own open in their children. */
    (void)close_range(STDERR_FILENO + 1, ~0U, 0);
    log_start("confab.fcgi", LOG_LEVEL_INFO, NULL);
    if (!crypto_start()) {
        log_error("cannot start", "libsodium does not start");
        return 1;
    }
    if (cgi) return serve_cgi();
    o = read_options(argc, argv);
    if (o.exit_code >= 0) return o.exit_code;
    if (fastcgi) {
        worker_signals();
        return worker_run(STDIN_FILENO, o.config, true);
    }
    if (o.listen != NULL) return prefork_run(o.listen, o.mode, o.workers, o.config);
    (void)fputs(usage, stderr);
    return 2;
}
