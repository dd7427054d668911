/* post - writes messages as fast as the database takes them.
 *
 *     post --config FILE --people FILE --count N [--rooms all|big|ID] [--first N] [--per-transaction N]
 *          [--depth N] [--pause MS] [--length N] [--missed FILE]
 *
 * It does what a handler does for `POST /api/rooms/{room}/messages`, by the same statements, as the same
 * database role, with a text sealed the same way, but without HTTP and many at once: so that what is
 * measured behind it is the pusher. Each transaction is followed by a NOTIFY in one of its own.
 * One round trip carries --depth transactions; after each trip it rests for --pause milliseconds.
 * The messages go to the chosen rooms in turn (--first: only to so many of them), from members in turn.
 *
 * --missed FILE: writes how many each room got, for `load storm`.
 * Prints "posted messages=... us=...".
 */
#include "config.h"

#include "clock.h"
#include "conf.h"
#include "crypto.h"
#include "db.h"
#include "people.h"
#include "queries.h"
#include "row.h"
#include "token.h"
#include "tool.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

/* As good as no limit: what is measured is not the throttle. */
enum { POST_BURST = 1000000000, POST_PERIOD_MS = 1, POST_CONNECT_US = 10000000 };

struct post {
    struct db *db;
    struct keyring *keys;
    struct people people;
    struct people_index *index;
    int64_t *rooms;
    uint64_t *sent; /* a room each */
    size_t n_rooms, next;
    char *text;
    size_t length, count, per_transaction, depth;
    int pause_ms;
};

/* Queues the next message: who sends, and what. */
static void post_queue(struct post *p)
{
    size_t room = p->next % p->n_rooms;
    const struct person *who = people_in_room(p->index, p->rooms[room], p->next / p->n_rooms);
    struct pgargs session = PGARGS_INIT, message = PGARGS_INIT;
    struct buf body = BUF_INIT;
    struct seal_ad ad;
    struct token t;
    struct uuid id;

    if (!who || !token_parse(slice_str(who->token), &t)) tool_die("nobody can post into room %" PRId64, p->rooms[room]);
    uuid_make(&id);
    ad = message_ad(t.tenant, p->rooms[room], who->account, &id, 1);
    if (!crypto_seal(p->keys, keyring_current(p->keys), &ad, slice_make(p->text, p->length), &body) || !buf_ok(&body)) tool_die("cannot seal");
    pgargs_int8(&session, t.tenant);
    pgargs_bytes(&session, slice_make(t.hash, sizeof t.hash));
    db_queue(p->db, Q_API_SESSION_USE, &session);
    pgargs_int8(&message, p->rooms[room]);
    pgargs_uuid(&message, &id);
    pgargs_int4(&message, keyring_current(p->keys));
    pgargs_bytes(&message, buf_view(&body));
    pgargs_int4(&message, POST_BURST);
    pgargs_int4(&message, POST_PERIOD_MS);
    db_queue(p->db, Q_API_SEND_MESSAGE, &message);
    pgargs_free(&session);
    pgargs_free(&message);
    buf_free(&body);
    p->sent[room]++;
    p->next++;
}

/* `depth` transactions in one round trip. */
static void post_trip(struct post *p)
{
    size_t sizes[256], n = 0, i, k;

    while (n < p->depth && p->next < p->count) {
        for (sizes[n] = 0; sizes[n] < p->per_transaction && p->next < p->count; sizes[n]++) post_queue(p);
        n++;
        db_mark(p->db);
        db_queue(p->db, Q_API_NOTIFY, NULL);
        db_mark(p->db);
    }
    if (db_send(p->db) != DB_OK) tool_die("the database is away: %s", db_error(p->db)->message);
    for (i = 0; i < n; i++) {
        for (k = 0; k < 2 * sizes[i]; k++)
            if (!db_next(p->db)) tool_die("not stored: %s", db_error(p->db)->message);
        if (!db_committed(p->db) || !db_next(p->db) || !db_committed(p->db)) tool_die("not stored: %s", db_error(p->db)->message);
    }
    db_done(p->db);
}

static void post_rooms(struct post *p, const char *which, size_t first)
{
    p->index = people_index(&p->people);
    if (strcmp(which, "all") == 0) {
        p->rooms = people_rooms(&p->people, &p->n_rooms);
        if (first && first < p->n_rooms) p->n_rooms = first;
    } else {
        p->rooms = tool_alloc(1, sizeof *p->rooms);
        p->rooms[0] = strcmp(which, "big") == 0 ? p->people.big : tool_number(which, "--rooms", 1, INT64_MAX);
        p->n_rooms = 1;
    }
    if (p->n_rooms == 0) tool_die("the people of this file share no room");
    p->sent = tool_alloc(p->n_rooms, sizeof *p->sent);
}

static void post_missed(const struct post *p, const char *path)
{
    FILE *f = fopen(path, "we");
    size_t i;

    if (!f) tool_die("%s: %s", path, strerror(errno));
    for (i = 0; i < p->n_rooms; i++)
        if (p->sent[i]) fprintf(f, "%" PRId64 " %" PRIu64 "\n", p->rooms[i], p->sent[i]);
    if (fclose(f) != 0) tool_die("%s: %s", path, strerror(errno));
}

static void post_open(struct post *p, const char *config)
{
    char why[256];
    struct conf *conf = conf_load(config, why, sizeof why);

    if (!conf) tool_die("%s", why);
    p->keys = keyring_load(conf->key_file, why, sizeof why);
    if (!p->keys) tool_die("%s", why);
    p->db = db_new(conf->database_api, api_queries, Q_API_COUNT);
    if (!p->db || db_wait(p->db, POST_CONNECT_US) != DB_OK) tool_die("no database: %s", p->db ? db_error(p->db)->message : "out of memory");
    conf_free(conf);
    p->text = tool_alloc(p->length + 1, 1);
    memset(p->text, 'x', p->length);
}

static void post_close(struct post *p)
{
    db_free(p->db);
    keyring_free(p->keys);
    people_index_free(p->index);
    people_free(&p->people);
    free(p->rooms);
    free(p->sent);
    free(p->text);
}

enum { OPT_CONFIG = 1000, OPT_PEOPLE, OPT_COUNT, OPT_ROOMS, OPT_FIRST, OPT_PER, OPT_DEPTH, OPT_PAUSE, OPT_LENGTH, OPT_MISSED };

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, OPT_CONFIG}, {"people", required_argument, NULL, OPT_PEOPLE},
        {"count", required_argument, NULL, OPT_COUNT},   {"rooms", required_argument, NULL, OPT_ROOMS},
        {"first", required_argument, NULL, OPT_FIRST},   {"per-transaction", required_argument, NULL, OPT_PER},
        {"depth", required_argument, NULL, OPT_DEPTH},   {"length", required_argument, NULL, OPT_LENGTH},
        {"pause", required_argument, NULL, OPT_PAUSE},   {"missed", required_argument, NULL, OPT_MISSED},
        {NULL, 0, NULL, 0}};
    struct post p = {.length = 100, .per_transaction = 1, .depth = 16};
    const char *config = NULL, *rooms = "all", *missed = NULL;
    size_t first = 0;
    int64_t from;
    int option;

    tool_start("post");
    if (!crypto_start()) tool_die("libsodium does not start");
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case OPT_CONFIG: config = optarg; break;
        case OPT_PEOPLE: people_load(optarg, &p.people); break;
        case OPT_COUNT: p.count = (size_t)tool_number(optarg, "--count", 1, 100000000); break;
        case OPT_ROOMS: rooms = optarg; break;
        case OPT_FIRST: first = (size_t)tool_number(optarg, "--first", 1, 1000000); break;
        case OPT_PER: p.per_transaction = (size_t)tool_number(optarg, "--per-transaction", 1, 1000); break;
        case OPT_DEPTH: p.depth = (size_t)tool_number(optarg, "--depth", 1, 256); break;
        case OPT_PAUSE: p.pause_ms = (int)tool_number(optarg, "--pause", 0, 60000); break;
        case OPT_LENGTH: p.length = (size_t)tool_number(optarg, "--length", 1, 2000); break;
        case OPT_MISSED: missed = optarg; break;
        default: tool_die("see the head of bench/post.c for the options");
        }
    }
    if (!config || p.people.n == 0 || p.count == 0) tool_die("--config, --people and --count are needed");
    post_open(&p, config);
    post_rooms(&p, rooms, first);
    from = clock_mono();
    while (p.next < p.count) {
        post_trip(&p);
        if (p.pause_ms) poll(NULL, 0, p.pause_ms);
    }
    printf("posted messages=%zu us=%" PRId64 "\n", p.next, clock_mono() - from);
    if (missed) post_missed(&p, missed);
    post_close(&p);
    return 0;
}
