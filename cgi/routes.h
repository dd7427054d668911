/* routes.h - the table of calls (routes.def) and finding one.
 *
 *     struct route_params p;
 *     const struct route *route;
 *     switch (route_find(method, path, &route, &p, &allow)) ...
 */
#ifndef CONFAB_ROUTES_H
#define CONFAB_ROUTES_H

#include "fields.h"

struct call;

enum route_who { WHO_ANYBODY, WHO_SIGNED_IN };

struct route {
    const char *method;
    const char *pattern;
    enum route_who who;
    const struct field_use *uses;
    void (*handler)(struct call *c);
};

/* The ids that stood in the path; 0 where the pattern has none. */
struct route_params {
    int64_t room, person, session, file, seq;
    bool others; /* "others" in the place of a session */
};

enum route_found {
    ROUTE_FOUND,
    ROUTE_MALFORMED, /* odd characters in the path */
    ROUTE_UNKNOWN,
    ROUTE_METHOD,    /* the path exists, the method does not: see allow */
};

/* allow gets the methods of the path, "GET, HEAD, POST", unless it is unknown. */
enum route_found route_find(struct slice method, struct slice path, const struct route **route, struct route_params *params, struct buf *allow);

/* All of them; ended by a row without method. */
extern const struct route routes[];

/* The handlers, each in the file of its resource (res_*.c). */
#define ROUTE(method, pattern, who, fields, handler) void handler(struct call *c);
#include "routes.def"
#undef ROUTE

#endif
