/* talk - fills the rooms of a tenant with sealed messages, for figures of search, history and dumps.
 *
 *     talk --database CONNINFO --key-file FILE --tenant SLUG --messages N --days N [--lively]
 *
 * The rooms are those that `fill` made. Messages go to rooms, senders and words by Zipf's law: a few busy
 * rooms (the first gets a tenth of all, if there are a thousand), frequent short words, many rare long ones;
 * sent evenly over the last days. With --lively there are threads, reactions, mentions, edits and pins
 * (talk_lively.c says how many), and nine of ten watermarks move to the head. It may run again to add more.
 *
 * It writes as a superuser by COPY, and leaves what send_message() would have left; where it doubles what
 * there is, or more, the indexes go first and are built again afterwards. Not for a database that anybody needs.
 */
#include "config.h"

#include "clock.h"
#include "row.h"
#include "talk.h"
#include "tool.h"

#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { VOCABULARY = 60000, WORD_MOST = 16, WORDS_LEAST = 2, WORDS_MOST_SAID = 24, ROOMS_MOST = 200000 };

uint64_t talk_draw(struct talk *t)
{
    t->seed ^= t->seed << 13;
    t->seed ^= t->seed >> 7;
    t->seed ^= t->seed << 17;
    return t->seed;
}

bool talk_once_in(struct talk *t, unsigned n)
{
    return talk_draw(t) % n == 0;
}

size_t talk_zipf(struct talk *t, size_t n)
{
    double u = (double)(talk_draw(t) >> 11) / (double)(UINT64_C(1) << 53);
    size_t rank = (size_t)(exp(u * log((double)n + 1)) - 1);

    return rank < n ? rank : n - 1;
}

/* Syllables, the more the rarer the word is. */
static void make_words(struct talk *t)
{
    static const char consonants[] = "bcdfghjklmnprstvwz", vowels[] = "aeiou";

    t->words = tool_alloc(VOCABULARY, sizeof *t->words);
    for (size_t i = 0; i < VOCABULARY; i++) {
        size_t most = 2 + (size_t)(log2((double)i + 2) / 1.6) + talk_draw(t) % 3, n = 0;

        if (most > WORD_MOST) most = WORD_MOST;
        while (n < most) {
            t->words[i][n++] = consonants[talk_draw(t) % (sizeof consonants - 1)];
            if (n < most) t->words[i][n++] = vowels[talk_draw(t) % (sizeof vowels - 1)];
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

    (void)snprintf(sql, sizeof sql, "SELECT f.id, f.last_seq, f.last_no, m.account_id, f.tenant_id, f.last_message_seq FROM feed f JOIN member m ON m.room_id = f.id"
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
            *room = (struct room){.id = number(r, i, 0), .last_seq = number(r, i, 1), .last_no = number(r, i, 2), .last_message = number(r, i, 5)};
        }
        /* Doubling: rooms have up to ten thousand. */
        if ((room->n_members & (room->n_members - 1)) == 0) room->members = tool_grow(room->members, room->n_members * 2 + 1, sizeof *room->members);
        room->members[room->n_members++] = number(r, i, 3);
    }
    PQclear(r);
}

static void compose(struct talk *t, struct buf *text)
{
    size_t n = WORDS_LEAST + talk_zipf(t, WORDS_MOST_SAID - WORDS_LEAST);

    n += talk_draw(t) % 6;
    buf_clear(text);
    for (size_t i = 0; i < n; i++) {
        if (i > 0) buf_byte(text, ' ');
        buf_str(text, t->words[talk_zipf(t, VOCABULARY)]);
    }
}

static const char *const talk_into[TALK_TABLES] = {
    [TALK_MESSAGE] = "message (feed_id, seq, tenant_id, no, sender_id, sent_at, client_id, key_id, version, thread_seq, thread_no, edited_at, body)",
    [TALK_EVENT] = "event (feed_id, seq, tenant_id, at, actor_id, kind, target_seq, value, word)",
    [TALK_REACTION] = "reaction (feed_id, seq, tenant_id, account_id, emoji, at)",
    [TALK_MENTION] = "mention (account_id, feed_id, seq, tenant_id, sender_id, thread_seq, at)",
    [TALK_PIN] = "pin (feed_id, seq, tenant_id, account_id, at)",
    [TALK_THREAD] = "thread (feed_id, root_seq, tenant_id, last_no, replies, last_seq, last_at, repliers)",
    [TALK_FOLLOWER] = "follower (account_id, feed_id, root_seq, tenant_id, read_no, unread)",
};

void talk_row(struct talk *t, enum talk_table table, struct buf *line)
{
    if (!buf_ok(line) || PQputCopyData(t->into[table], line->data, (int)line->len) != 1) tool_die("COPY: %s", PQerrorMessage(t->into[table]));
    buf_clear(line);
}

static void put_message(struct talk *t, struct room *room, int64_t at, struct slice text, struct buf *line)
{
    int64_t sender = room->members[talk_zipf(t, room->n_members)];
    struct talk_extra extra = {0};
    struct buf sealed = BUF_INIT;
    struct uuid client;
    char uuid[UUID_TEXT], when[CLOCK_RFC3339_SIZE];
    struct seal_ad ad;

    if (t->lively) lively_before(t, room, sender, at, &extra);
    crypto_random(client.b, sizeof client.b);
    uuid_text(&client, uuid);
    clock_rfc3339(at, when);
    ad = message_ad(t->tenant, room->id, sender, &client, extra.edited_at > 0 ? 2 : 1);
    if (!crypto_seal(t->keys, keyring_current(t->keys), &ad, text, &sealed)) tool_die("a message cannot be sealed");
    room->last_seq++;
    if (extra.root == 0) {
        room->last_no++;
        room->last_message = room->last_seq;
        room->last_at = at;
    }
    buf_fmt(line, "%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%s\t%s\t%d\t%d\t", room->id, room->last_seq, t->tenant, room->last_no,
            sender, when, uuid, keyring_current(t->keys), extra.edited_at > 0 ? 2 : 1);
    if (extra.root > 0) {
        buf_fmt(line, "%" PRId64 "\t%" PRId64 "\t", extra.root, extra.root_no);
    } else {
        buf_str(line, "\\N\t\\N\t");
    }
    if (extra.edited_at > 0) clock_rfc3339(extra.edited_at, when);
    buf_fmt(line, "%s\t\\\\x", extra.edited_at > 0 ? when : "\\N");
    buf_hex(line, sealed.data, sealed.len);
    buf_byte(line, '\n');
    talk_row(t, TALK_MESSAGE, line);
    if (t->lively) lively_after(t, room, sender, at, &extra);
    buf_free(&sealed);
}

/* Keys and indexes of the large tables are taken away, and what makes them again is noted. */
static void drop_indexes(struct talk *t)
{
    PQclear(ask(t, "CREATE TEMP TABLE again AS"
                   " SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname) AS away,"
                   "        format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) AS back"
                   "   FROM pg_constraint c WHERE c.contype = 'p' AND c.conrelid IN ('message'::regclass, 'event'::regclass, 'reaction'::regclass)"
                   " UNION ALL SELECT format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)"
                   "   FROM pg_index i WHERE NOT i.indisprimary AND i.indrelid IN ('message'::regclass, 'event'::regclass, 'reaction'::regclass)", PGRES_COMMAND_OK));
    PQclear(ask(t, "DO $$ DECLARE x record; BEGIN FOR x IN SELECT away FROM again LOOP EXECUTE x.away; END LOOP; END $$", PGRES_COMMAND_OK));
}

static void build_indexes(struct talk *t)
{
    PQclear(ask(t, "SET maintenance_work_mem = '1GB'", PGRES_COMMAND_OK));
    PQclear(ask(t, "DO $$ DECLARE x record; BEGIN FOR x IN SELECT back FROM again LOOP EXECUTE x.back; END LOOP; END $$", PGRES_COMMAND_OK));
}

static void streams_begin(struct talk *t)
{
    char sql[512];

    for (int i = 0; i < TALK_TABLES; i++) {
        PGconn *c = PQconnectdb(t->database);
        PGresult *r;

        if (PQstatus(c) != CONNECTION_OK) tool_die("%s", PQerrorMessage(c));
        /* Foreign keys hold by themselves: whoever is named is a member. */
        PQclear(PQexec(c, "SET search_path = confab; SET session_replication_role = replica"));
        (void)snprintf(sql, sizeof sql, "COPY %s FROM STDIN", talk_into[i]);
        r = PQexec(c, sql);
        if (PQresultStatus(r) != PGRES_COPY_IN) tool_die("%s: %s", sql, PQerrorMessage(c));
        PQclear(r);
        t->into[i] = c;
    }
}

static void streams_end(struct talk *t)
{
    for (int i = 0; i < TALK_TABLES; i++) {
        if (PQputCopyEnd(t->into[i], NULL) != 1) tool_die("COPY: %s", PQerrorMessage(t->into[i]));
        for (PGresult *r; (r = PQgetResult(t->into[i])) != NULL; PQclear(r))
            if (PQresultStatus(r) != PGRES_COMMAND_OK) tool_die("COPY: %s", PQerrorMessage(t->into[i]));
        PQfinish(t->into[i]);
    }
}

static void store_room(struct talk *t, const struct room *room)
{
    char sql[512], when[CLOCK_RFC3339_SIZE];

    if (room->last_at == 0) return;
    clock_rfc3339(room->last_at, when);
    (void)snprintf(sql, sizeof sql, "UPDATE feed SET last_seq = %" PRId64 ", last_no = %" PRId64 ", last_message_seq = %" PRId64
                   ", last_message_at = '%s', last_xid = pg_current_xact_id() WHERE id = %" PRId64, room->last_seq, room->last_no, room->last_message, when, room->id);
    PQclear(ask(t, sql, PGRES_COMMAND_OK));
}

static void store(struct talk *t)
{
    int64_t end = clock_wall(), begin = end - t->days * 24 * 3600 * CLOCK_SECOND, had = 0;
    struct buf text = BUF_INIT, line = BUF_INIT;

    for (size_t i = 0; i < t->n_rooms; i++) had += t->rooms[i].last_no;
    if (t->messages >= had) drop_indexes(t);
    streams_begin(t);
    for (int64_t i = 0; i < t->messages; i++) {
        compose(t, &text);
        put_message(t, &t->rooms[talk_zipf(t, t->n_rooms)], begin + (int64_t)((double)(end - begin) * (double)i / (double)t->messages), buf_view(&text), &line);
    }
    for (size_t i = 0; i < t->n_rooms; i++) lively_end(t, &t->rooms[i]);
    streams_end(t);
    if (t->messages >= had) build_indexes(t);
    PQclear(ask(t, "BEGIN", PGRES_COMMAND_OK));
    for (size_t i = 0; i < t->n_rooms; i++) store_room(t, &t->rooms[i]);
    if (t->lively) {
        PQclear(ask(t, "UPDATE member m SET read_seq = f.last_seq, read_no = f.last_no FROM feed f"
                       " WHERE f.id = m.room_id AND (m.account_id * 31 + m.room_id) % 10 <> 0 AND m.read_seq < f.last_seq", PGRES_COMMAND_OK));
    }
    PQclear(ask(t, "COMMIT", PGRES_COMMAND_OK));
    PQclear(ask(t, "ANALYZE", PGRES_COMMAND_OK));
    buf_free(&text);
    buf_free(&line);
}

static void options(struct talk *t, int argc, char **argv)
{
    static const struct option names[] = {
        {"database", required_argument, NULL, 'd'}, {"key-file", required_argument, NULL, 'k'}, {"tenant", required_argument, NULL, 't'},
        {"messages", required_argument, NULL, 'm'}, {"days", required_argument, NULL, 'y'}, {"lively", no_argument, NULL, 'l'},
        {NULL, 0, NULL, 0},
    };

    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (c) {
        case 'd': t->database = optarg; break;
        case 'k': t->key_file = optarg; break;
        case 't': t->slug = optarg; break;
        case 'm': t->messages = tool_number(optarg, "--messages", 1, 1000000000); break;
        case 'l': t->lively = true; break;
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
