#include "config.h"

#include "people.h"

#include "tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void people_rooms_parse(struct person *p, struct slice list)
{
    size_t n = 1, i;
    struct slice head;

    if (slice_eq(list, SLICE("-"))) return;
    for (i = 0; i < list.n; i++) n += list.p[i] == ',';
    p->rooms = tool_alloc(n, sizeof *p->rooms);
    while (slice_cut(&list, ',', &head)) {
        if (p->n_rooms == n || !slice_id(head, &p->rooms[p->n_rooms])) tool_die("a room of account %lld is no id", (long long)p->account);
        p->n_rooms++;
    }
}

static bool people_line(struct slice line, struct people *all, struct person *p)
{
    struct slice account, token, big;
    uint64_t room;

    if (!slice_cut(&line, ' ', &account) || !slice_cut(&line, ' ', &token) || !slice_cut(&line, ' ', &big)) return false;
    if (!slice_id(account, &p->account) || token.n == 0 || !slice_u64(big, INT64_MAX, &room) || line.n == 0) return false;
    all->big = (int64_t)room;
    p->token = tool_copy(token);
    people_rooms_parse(p, line);
    return true;
}

void people_load(const char *path, struct people *p)
{
    FILE *f = fopen(path, "re");
    size_t cap = 0, line_cap = 0;
    char *line = NULL;
    ssize_t n;

    memset(p, 0, sizeof *p);
    if (!f) tool_die("%s: %s", path, strerror(errno));
    while ((n = getline(&line, &line_cap, f)) > 0) {
        if (p->n == cap) {
            cap = cap ? cap * 2 : 256;
            p->v = tool_grow(p->v, cap, sizeof *p->v);
        }
        memset(&p->v[p->n], 0, sizeof *p->v);
        if (!people_line(slice_trim(slice_make(line, (size_t)n)), p, &p->v[p->n])) tool_die("%s: line %zu is malformed", path, p->n + 1);
        p->n++;
    }
    free(line);
    fclose(f);
    if (p->n == 0) tool_die("%s lists nobody", path);
}

void people_free(struct people *p)
{
    size_t i;

    for (i = 0; i < p->n; i++) {
        free(p->v[i].token);
        free(p->v[i].rooms);
    }
    free(p->v);
    memset(p, 0, sizeof *p);
}

/* Who is in which room, by room and then by place in the file. */
struct people_entry {
    int64_t room;
    const struct person *who;
};

struct people_index {
    struct people_entry *v;
    size_t n;
};

static int people_order(const void *a, const void *b)
{
    const struct people_entry *x = a, *y = b;

    if (x->room != y->room) return x->room < y->room ? -1 : 1;
    return (x->who > y->who) - (x->who < y->who);
}

struct people_index *people_index(const struct people *p)
{
    struct people_index *x = tool_alloc(1, sizeof *x);
    size_t i, k, n = 0;

    for (i = 0; i < p->n; i++) n += p->v[i].n_rooms + (p->big != 0);
    x->v = tool_alloc(n, sizeof *x->v);
    for (i = 0; i < p->n; i++) {
        for (k = 0; k < p->v[i].n_rooms; k++) x->v[x->n++] = (struct people_entry){p->v[i].rooms[k], &p->v[i]};
        if (p->big) x->v[x->n++] = (struct people_entry){p->big, &p->v[i]};
    }
    qsort(x->v, x->n, sizeof *x->v, people_order);
    return x;
}

void people_index_free(struct people_index *x)
{
    free(x->v);
    free(x);
}

/* The place of the first entry whose room is not below `room`. */
static size_t people_lower(const struct people_index *x, int64_t room)
{
    size_t lo = 0, hi = x->n, mid;

    while (lo < hi) {
        mid = lo + (hi - lo) / 2;
        if (x->v[mid].room < room)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const struct person *people_in_room(const struct people_index *x, int64_t room, size_t turn)
{
    size_t from = people_lower(x, room), to = people_lower(x, room + 1);

    return from == to ? NULL : x->v[from + turn % (to - from)].who;
}

int64_t *people_rooms(const struct people *p, size_t *n)
{
    struct people_index *x = people_index(p);
    int64_t *rooms = tool_alloc(x->n, sizeof *rooms);
    size_t i;

    *n = 0;
    for (i = 0; i < x->n; i++)
        if (x->v[i].room != p->big && (*n == 0 || rooms[*n - 1] != x->v[i].room)) rooms[(*n)++] = x->v[i].room;
    people_index_free(x);
    return rooms;
}
