/* talk - fills the rooms of a tenant with sealed messages, for figures of search, history and dumps.
 *
 *     talk --database CONNINFO --key-file FILE --tenant SLUG --messages N --days N
 *
 * The rooms are those that `fill` made. Messages go to rooms, senders and words by Zipf's law: a few busy
 * rooms, frequent short words, many rare long ones; sent evenly over the last days. It writes as a
 * superuser by COPY, and leaves what send_message() would have left. Not for a database that anybody needs.
 */
#include "config.h"

#include "clock.h"
#include "row.h"
#include "tool.h"

#include <getopt.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { VOCABULARY = 60000, WORD_MOST = 16, WORDS_LEAST = 2, WORDS_MOST_SAID = 24, ROOMS_MOST = 100000 };

struct room {
    int64_t id, last_seq, last_no, last_at;
    int64_t *members;
    size_t n_members;
};

struct talk {
    PGconn *conn;
    struct keyring *keys;
    const char *database, *key_file, *slug;
    int64_t messages, days, tenant;
    struct room *rooms;
    size_t n_rooms;
    uint64_t seed;
    char (*words)[WORD_MOST + 1];
};

static uint64_t draw(struct talk *t)
{
    t->seed ^= t->seed << 13;
    t->seed ^= t->seed >> 7;
    t->seed ^= t->seed << 17;
    return t->seed;
}

/* A rank below n, about as frequent as 1 / rank. */
static size_t zipf(struct talk *t, size_t n)
{
    double u = (double)(draw(t) >> 11) / (double)(UINT64_C(1) << 53);
    size_t rank = (size_t)(exp(u * log((double)n + 1)) - 1);

    return rank < n ? rank : n - 1;
}

/* Syllables, the more the rarer the word is. */
static void make_words(struct talk *t)
{
    static const char consonants[] = "bcdfghjklmnprstvwz", vowels[] = "aeiou";

    t->words = tool_alloc(VOCABULARY, sizeof *t->words);
    for (size_t i = 0; i < VOCABULARY; i++) {
        size_t most = 2 + (size_t)(log2((double)i + 2) / 1.6) + draw(t) % 3, n = 0;

        if (most > WORD_MOST) most = WORD_MOST;
        while (n < most) {
            t->words[i][n++] = consonants[draw(t) % (sizeof consonants - 1)];
            if (n < most) t->words[i][n++] = vowels[draw(t) % (sizeof vowels - 1)];
        }
    }
}

static PGresult *ask(struct talk *t, const char *sql, ExecStatusType wanted)
{
    PGresult *r = PQexec(t->conn, sql);

    if (PQresultStatus(r) != wanted) tool_die("%s: %s", sql, PQerrorMessage(t->conn));
    return r;
}

static int64_t number(const PGresult *r, int i, int col)
{
    return strtoll(PQgetvalue(r, i, col), NULL, 10);
}

static void read_rooms(struct talk *t)
{
    char sql[512];
    PGresult *r;

    (void)snprintf(sql, sizeof sql, "SELECT f.id, f.last_seq, f.last_no, m.account_id, f.tenant_id FROM feed f JOIN member m ON m.room_id = f.id"
                   " JOIN tenant t ON t.id = f.tenant_id AND t.slug = '%.100s' ORDER BY f.id, m.account_id", t->slug);
    r = ask(t, sql, PGRES_TUPLES_OK);
    if (PQntuples(r) == 0) tool_die("tenant %s has no rooms: fill first", t->slug);
    t->tenant = number(r, 0, 4);
    t->rooms = tool_alloc(ROOMS_MOST, sizeof *t->rooms);
    for (int i = 0; i < PQntuples(r); i++) {
        struct room *room = t->n_rooms > 0 ? &t->rooms[t->n_rooms - 1] : NULL;

        if (room == NULL || room->id != number(r, i, 0)) {
            if (t->n_rooms == ROOMS_MOST) tool_die("more than %d rooms", ROOMS_MOST);
            room = &t->rooms[t->n_rooms++];
            *room = (struct room){.id = number(r, i, 0), .last_seq = number(r, i, 1), .last_no = number(r, i, 2)};
        }
        room->members = tool_grow(room->members, room->n_members + 1, sizeof *room->members);
        room->members[room->n_members++] = number(r, i, 3);
    }
    PQclear(r);
}

static void compose(struct talk *t, struct buf *text)
{
    size_t n = WORDS_LEAST + zipf(t, WORDS_MOST_SAID - WORDS_LEAST);

    n += draw(t) % 6;
    buf_clear(text);
    for (size_t i = 0; i < n; i++) {
        if (i > 0) buf_byte(text, ' ');
        buf_str(text, t->words[zipf(t, VOCABULARY)]);
    }
}

static void put_message(struct talk *t, struct room *room, int64_t at, struct slice text, struct buf *line)
{
    int64_t sender = room->members[zipf(t, room->n_members)];
    struct buf sealed = BUF_INIT;
    struct uuid client;
    char uuid[UUID_TEXT], when[CLOCK_RFC3339_SIZE];
    struct seal_ad ad;

    crypto_random(client.b, sizeof client.b);
    uuid_text(&client, uuid);
    clock_rfc3339(at, when);
    ad = message_ad(t->tenant, room->id, sender, &client, 1);
    if (!crypto_seal(t->keys, keyring_current(t->keys), &ad, text, &sealed)) tool_die("a message cannot be sealed");
    room->last_at = at;
    buf_clear(line);
    buf_fmt(line, "%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%s\t%s\t%d\t\\\\x", room->id, ++room->last_seq, t->tenant,
            ++room->last_no, sender, when, uuid, keyring_current(t->keys));
    buf_hex(line, sealed.data, sealed.len);
    buf_byte(line, '\n');
    if (!buf_ok(line) || PQputCopyData(t->conn, line->data, (int)line->len) != 1) tool_die("COPY: %s", PQerrorMessage(t->conn));
    buf_free(&sealed);
}

static void store(struct talk *t)
{
    int64_t end = clock_wall(), begin = end - t->days * 24 * 3600 * CLOCK_SECOND;
    struct buf text = BUF_INIT, line = BUF_INIT;

    PQclear(ask(t, "BEGIN", PGRES_COMMAND_OK));
    PQclear(ask(t, "COPY message (feed_id, seq, tenant_id, no, sender_id, sent_at, client_id, key_id, body) FROM STDIN", PGRES_COPY_IN));
    for (int64_t i = 0; i < t->messages; i++) {
        compose(t, &text);
        put_message(t, &t->rooms[zipf(t, t->n_rooms)], begin + (int64_t)((double)(end - begin) * (double)i / (double)t->messages), buf_view(&text), &line);
    }
    if (PQputCopyEnd(t->conn, NULL) != 1) tool_die("COPY: %s", PQerrorMessage(t->conn));
    for (PGresult *r; (r = PQgetResult(t->conn)) != NULL; PQclear(r)) {
        if (PQresultStatus(r) != PGRES_COMMAND_OK) tool_die("COPY: %s", PQerrorMessage(t->conn));
    }
    for (size_t i = 0; i < t->n_rooms; i++) {
        const struct room *room = &t->rooms[i];
        char sql[512], when[CLOCK_RFC3339_SIZE];

        if (room->last_at == 0) continue;
        clock_rfc3339(room->last_at, when);
        (void)snprintf(sql, sizeof sql, "UPDATE feed SET last_seq = %" PRId64 ", last_no = %" PRId64 ", last_message_seq = %" PRId64
                       ", last_message_at = '%s', last_xid = pg_current_xact_id() WHERE id = %" PRId64, room->last_seq, room->last_no, room->last_seq, when, room->id);
        PQclear(ask(t, sql, PGRES_COMMAND_OK));
    }
    PQclear(ask(t, "COMMIT", PGRES_COMMAND_OK));
    PQclear(ask(t, "ANALYZE message", PGRES_COMMAND_OK));
    buf_free(&text);
    buf_free(&line);
}

static void options(struct talk *t, int argc, char **argv)
{
    static const struct option names[] = {
        {"database", required_argument, NULL, 'd'}, {"key-file", required_argument, NULL, 'k'}, {"tenant", required_argument, NULL, 't'},
        {"messages", required_argument, NULL, 'm'}, {"days", required_argument, NULL, 'y'}, {NULL, 0, NULL, 0},
    };

    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (c) {
        case 'd': t->database = optarg; break;
        case 'k': t->key_file = optarg; break;
        case 't': t->slug = optarg; break;
        case 'm': t->messages = tool_number(optarg, "--messages", 1, 1000000000); break;
        case 'y': t->days = tool_number(optarg, "--days", 1, 10000); break;
        default: tool_die("see the begin of bench/talk.c");
        }
    }
    if (t->database == NULL || t->key_file == NULL || t->slug == NULL || t->messages == 0 || t->days == 0 || strchr(t->slug, '\'') != NULL) {
        tool_die("--database, --key-file, --tenant, --messages and --days are needed");
    }
}

int main(int argc, char **argv)
{
    struct talk t = {.seed = 88172645463325252};
    char err[512];

    tool_start("talk");
    options(&t, argc, argv);
    if (!crypto_start()) tool_die("the cryptographic library does not start");
    t.keys = keyring_load(t.key_file, err, sizeof err);
    if (t.keys == NULL) tool_die("%s", err);
    t.conn = PQconnectdb(t.database);
    if (PQstatus(t.conn) != CONNECTION_OK) tool_die("%s", PQerrorMessage(t.conn));
    PQclear(ask(&t, "SET search_path = confab", PGRES_COMMAND_OK));
    make_words(&t);
    read_rooms(&t);
    store(&t);
    for (size_t i = 0; i < t.n_rooms; i++) free(t.rooms[i].members);
    free(t.rooms);
    free(t.words);
    PQfinish(t.conn);
    keyring_free(t.keys);
    return 0;
}
