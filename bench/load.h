/* load.h - the options of `load` and its ways of working, a file each. */
#ifndef CONFAB_BENCH_LOAD_H
#define CONFAB_BENCH_LOAD_H

#include "crowd.h"

#include <sys/types.h>

struct load {
    struct crowd_plan plan;
    struct net_address post; /* the web server, for `latency` */
    struct people people;
    const char *missed;      /* a file: what each room has got since the cursor, for `storm` */
    pid_t server;            /* whose CPU time is asked for; 0: nobody's */
    int64_t room;            /* for `latency` */
    size_t movers;           /* for `floor` */
    int64_t rate, seconds, timeout_us;
};

/* Holds the streams and obeys the commands on standard input, see load.c. */
int load_hold(struct load *l);
/* Posts into one room at a steady rate and measures how soon its readers have it. */
int load_latency(struct load *l);
/* Lets all clients return at once with a cursor, and waits until each is current. */
int load_storm(struct load *l);
/* Lets all enter one room, stand still, and move about. */
int load_floor(struct load *l);
/* Prints the cursor of a new stream. */
int load_cursor(struct load *l);

#endif
