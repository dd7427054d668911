#include "routes.h"

#include "url.h"

#define UNWRAP(...) __VA_ARGS__
#define NEED(f) {F_##f, true}
#define MAY(f) {F_##f, false}
#define NONE {FIELD_COUNT, false}
#define ROUTE(method, pattern, who, fields, handler) \
    static const struct field_use handler##_uses[] = {UNWRAP fields, {FIELD_COUNT, false}};
#include "routes.def"
#undef ROUTE

const struct route routes[] = {
#define ROUTE(method, pattern, who, fields, handler) {method, pattern, WHO_##who, handler##_uses, handler},
#include "routes.def"
#undef ROUTE
    {NULL, NULL, WHO_ANYBODY, NULL, NULL},
};

/* Does a segment of a path fit that of a pattern? Keeps the id that it holds. */
static bool segment_fits(struct slice pattern, struct slice segment, struct route_params *p)
{
    if (slice_eq(pattern, SLICE("{room}"))) return slice_id(segment, &p->room);
    if (slice_eq(pattern, SLICE("{person}"))) return slice_id(segment, &p->person);
    if (slice_eq(pattern, SLICE("{file}"))) return slice_id(segment, &p->file);
    if (slice_eq(pattern, SLICE("{seq}"))) return slice_id(segment, &p->seq);
    if (slice_eq(pattern, SLICE("{session}"))) {
        p->others = slice_eq(segment, SLICE("others"));
        return p->others || slice_id(segment, &p->session);
    }
    return slice_eq(pattern, segment);
}

static bool path_fits(const char *pattern, struct slice path, struct route_params *p)
{
    struct slice rest = slice_str(pattern), want, have;
    bool bad = false;

    *p = (struct route_params){0};
    (void)slice_cut(&rest, '/', &want);
    while (slice_cut(&rest, '/', &want)) {
        if (!url_segment(&path, &have, &bad) || !segment_fits(want, have, p)) return false;
    }
    return !url_segment(&path, &have, &bad) && !bad;
}

static void allow_add(struct buf *allow, const char *method)
{
    if (allow->len > 0) buf_str(allow, ", ");
    buf_str(allow, method);
    if (strcmp(method, "GET") == 0) buf_str(allow, ", HEAD");
}

static bool path_malformed(struct slice path)
{
    struct slice segment;
    bool bad = false;

    while (url_segment(&path, &segment, &bad)) {}
    return bad;
}

enum route_found route_find(struct slice method, struct slice path, const struct route **route, struct route_params *params, struct buf *allow)
{
    enum route_found found = ROUTE_UNKNOWN;

    if (slice_eq(method, SLICE("HEAD"))) method = SLICE("GET");
    if (path_malformed(path)) return ROUTE_MALFORMED;
    for (const struct route *r = routes; r->method != NULL; r++) {
        struct route_params p;

        if (!path_fits(r->pattern, path, &p)) continue;
        allow_add(allow, r->method);
        if (slice_eq(method, slice_str(r->method))) {
            *route = r;
            *params = p;
            found = ROUTE_FOUND;
        } else if (found != ROUTE_FOUND) {
            found = ROUTE_METHOD;
        }
    }
    return found;
}
