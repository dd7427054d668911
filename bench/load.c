/* load - many clients in one process.
 *
 *     load hold    --address A --people FILE --streams N [options]
 *     load latency --address A --post A --people FILE --room ID --rate R --seconds S [options]
 *     load storm   --address A --people FILE --streams N --cursor C [--missed FILE] [options]
 *     load floor   --address A --people FILE --streams N --websocket [--movers N --rate R] --seconds S [options]
 *     load cursor  --address A --people FILE
 *
 * `hold` opens all streams, prints "ready ...", and then obeys lines on standard input, each answered
 * by a line on standard output:
 *
 *     expect COUNT SECONDS   "armed"; then, when COUNT deliveries have come or the time is over,
 *                            "arrived ..." with what was counted
 *     wake COUNT SECONDS     the same, for a server (--server-pid) that was stopped: wakes it by SIGCONT
 *     memory                 memory of the server (--server-pid)
 *     quit                   (or the end of the input)
 *
 * All results are lines of name=value, for a script to read. Times are microseconds.
 */
#include "config.h"

#include "crypto.h"
#include "load.h"
#include "tool.h"

#include <getopt.h>
#include <stdio.h>

enum {
    OPT_ADDRESS = 1000, OPT_POST, OPT_PEOPLE, OPT_STREAMS, OPT_FIRST, OPT_WEBSOCKET, OPT_VERIFY, OPT_ONE_ACCOUNT, OPT_CURSOR,
    OPT_WINDOW, OPT_MISSED, OPT_MOVERS, OPT_SERVER, OPT_ROOM, OPT_RATE, OPT_SECONDS, OPT_TIMEOUT,
};

static const struct option load_options[] = {
    {"address", required_argument, NULL, OPT_ADDRESS},
    {"post", required_argument, NULL, OPT_POST},
    {"people", required_argument, NULL, OPT_PEOPLE},
    {"streams", required_argument, NULL, OPT_STREAMS},
    {"first", required_argument, NULL, OPT_FIRST},
    {"websocket", no_argument, NULL, OPT_WEBSOCKET},
    {"verify", no_argument, NULL, OPT_VERIFY},
    {"one-account", no_argument, NULL, OPT_ONE_ACCOUNT},
    {"cursor", required_argument, NULL, OPT_CURSOR},
    {"window", required_argument, NULL, OPT_WINDOW},
    {"missed", required_argument, NULL, OPT_MISSED},
    {"movers", required_argument, NULL, OPT_MOVERS},
    {"server-pid", required_argument, NULL, OPT_SERVER},
    {"room", required_argument, NULL, OPT_ROOM},
    {"rate", required_argument, NULL, OPT_RATE},
    {"seconds", required_argument, NULL, OPT_SECONDS},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {NULL, 0, NULL, 0},
};

static void load_option(struct load *l, int option, const char *value)
{
    switch (option) {
    case OPT_ADDRESS: net_parse(value, &l->plan.address); break;
    case OPT_POST: net_parse(value, &l->post); break;
    case OPT_PEOPLE: people_load(value, &l->people); break;
    case OPT_STREAMS: l->plan.n = (size_t)tool_number(value, "--streams", 1, 1000000); break;
    case OPT_FIRST: l->plan.first = (size_t)tool_number(value, "--first", 0, 1000000); break;
    case OPT_WEBSOCKET: l->plan.websocket = true; break;
    case OPT_VERIFY: l->plan.verify = true; break;
    case OPT_ONE_ACCOUNT: l->plan.one_account = true; break;
    case OPT_CURSOR: l->plan.cursor = value; break;
    case OPT_WINDOW: l->plan.window = (size_t)tool_number(value, "--window", 1, 1000000); break;
    case OPT_MOVERS: l->movers = (size_t)tool_number(value, "--movers", 0, 1000000); break;
    case OPT_MISSED: l->missed = value; break;
    case OPT_SERVER: l->server = (pid_t)tool_number(value, "--server-pid", 1, INT32_MAX); break;
    case OPT_ROOM: l->room = tool_number(value, "--room", 1, INT64_MAX); break;
    case OPT_RATE: l->rate = tool_number(value, "--rate", 1, 100000); break;
    case OPT_SECONDS: l->seconds = tool_number(value, "--seconds", 1, 3600); break;
    case OPT_TIMEOUT: l->timeout_us = tool_number(value, "--timeout", 1, 3600) * 1000000; break;
    default: tool_die("see the head of bench/load.c for the options");
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct load *l);
    } ways[] = {{"hold", load_hold}, {"latency", load_latency}, {"storm", load_storm}, {"floor", load_floor}, {"cursor", load_cursor}};
    struct load l = {.plan = {.window = 200, .n = 1}, .rate = 100, .seconds = 10, .timeout_us = 60000000};
    int option, result;
    size_t i, files;

    tool_start("load");
    if (!crypto_start()) tool_die("libsodium does not start");
    while ((option = getopt_long(argc, argv, "", load_options, NULL)) != -1) load_option(&l, option, optarg);
    for (i = 0; i < sizeof ways / sizeof *ways && (optind >= argc || strcmp(ways[i].name, argv[optind]) != 0); i++) {
    }
    if (i == sizeof ways / sizeof *ways) tool_die("say hold, latency, storm, floor or cursor");
    if (l.plan.address.len == 0 || l.people.n == 0) tool_die("--address and --people are needed");
    l.plan.people = &l.people;
    files = tool_raise_files();
    if (files < l.plan.n + 64) tool_die("%zu streams need more open files than the %zu that are allowed", l.plan.n, files);
    setvbuf(stdout, NULL, _IOLBF, 0);
    result = ways[i].run(&l);
    people_free(&l.people);
    return result;
}
