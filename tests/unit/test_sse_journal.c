/* What a newcomer gets of the batches that came between its question and its start. */
#include "unit.h"

#include "../../sse/journal.h"

enum { TENANT = 1, ME = 10, OTHER = 11, ROOM = 100, ROOM_2 = 101, SESSION = 500 };

static const struct event_kind *kind(const char *name)
{
    const struct event_kind *k = event_kind_find(slice_str(name));

    assert_non_null(k);
    return k;
}

/* Events are written as rows of a table: a batch each call. */
struct line {
    int64_t feed, seq;
    uint64_t xid;
    const char *kind; /* NULL: a message */
    int64_t subject;
    bool active;
};

static void append(struct journal *j, const struct line *lines, size_t n)
{
    struct batch *b = batch_new(n);

    assert_non_null(b);
    for (size_t i = 0; i < n; i++) {
        struct event *e = &b->event[b->n++];

        *e = (struct event){.feed = lines[i].feed, .seq = lines[i].seq, .xid = lines[i].xid, .subject = lines[i].subject,
                            .active = lines[i].active, .kind = lines[i].kind != NULL ? kind(lines[i].kind) : NULL, .name = "message"};
        e->json = b->json.len;
        buf_fmt(&b->json, "%lld/%lld", (long long)e->feed, (long long)e->seq);
        e->n_json = b->json.len - e->json;
    }
    journal_append(j, b);
    batch_unref(b);
}

static void deliver(void *arg, const struct event *e, struct slice json)
{
    struct buf *out = arg;

    (void)e;
    if (out->len > 0) buf_byte(out, ' ');
    buf_slice(out, json);
}

/* Replays for ME, who was in `rooms` and whose answer has the snapshot; what it got, and where it is. */
static void replay(const struct journal *j, const struct journal_mark *m, const char *snapshot, const int64_t *rooms, size_t n,
                   const char *wanted, const char *rooms_wanted)
{
    struct cursor seen = CURSOR_INIT;
    struct buf got = BUF_INIT, where = BUF_INIT;
    struct replay r = {.tenant = TENANT, .account = ME, .session = SESSION, .seen = &seen, .n = n, .cap = n, .deliver = deliver, .arg = &got};

    assert_true(cursor_from_snapshot(&seen, 1, 1, slice_str(snapshot)));
    r.rooms = malloc(n > 0 ? n * sizeof *rooms : 1);
    assert_non_null(r.rooms);
    if (n > 0) memcpy(r.rooms, rooms, n * sizeof *rooms);
    assert_true(journal_replay(j, m, &r));
    for (size_t i = 0; i < r.n; i++) buf_fmt(&where, "%s%lld", i > 0 ? " " : "", (long long)r.rooms[i]);
    if (r.ended) buf_str(&where, " ended");
    assert_slice(buf_view(&got), wanted);
    assert_slice(buf_view(&where), rooms_wanted);
    free(r.rooms);
    cursor_free(&seen);
    buf_free(&got);
    buf_free(&where);
}

static const int64_t in_room[] = {ROOM};

static void without_marks_nothing_is_kept(void **state)
{
    struct journal j;

    (void)state;
    journal_init(&j);
    append(&j, (struct line[]){{ROOM, 1, 50, NULL, 0, false}}, 1);
    assert_null(j.head);
    assert_int_equal(j.last, 1);
    journal_free(&j);
}

static void batches_are_kept_back_to_the_oldest_mark(void **state)
{
    struct journal j;
    struct journal_mark a = {0}, b = {0};
    const struct line line = {ROOM, 1, 50, NULL, 0, false};

    (void)state;
    journal_init(&j);
    append(&j, &line, 1);
    journal_put(&j, &a);
    append(&j, &line, 1);
    journal_put(&j, &b);
    append(&j, &line, 1);
    assert_int_equal(j.head->no, 2);
    journal_take(&j, &a);
    assert_int_equal(j.head->no, 3);
    assert_true(journal_wanted(&j));
    journal_take(&j, &b);
    journal_take(&j, &b);
    assert_null(j.head);
    assert_false(journal_wanted(&j));
    append(&j, &line, 1);
    assert_null(j.head);
    journal_free(&j);
}

static void what_the_answer_has_seen_is_left_out(void **state)
{
    struct journal j;
    struct journal_mark m = {0}, late = {0};

    (void)state;
    journal_init(&j);
    journal_put(&j, &m);
    /* 60 was still running when the answer was made, 59 was not, 70 had not begun. */
    append(&j, (struct line[]){{ROOM, 1, 59, NULL, 0, false}, {ROOM, 2, 60, NULL, 0, false}}, 2);
    append(&j, (struct line[]){{TENANT, 7, 70, NULL, 0, false}, {ME, 3, 71, NULL, 0, false}, {OTHER, 3, 72, NULL, 0, false}, {ROOM_2, 9, 73, NULL, 0, false}}, 4);
    replay(&j, &m, "60:65:60", in_room, 1, "100/2 1/7 10/3", "100");
    journal_put(&j, &late);
    append(&j, (struct line[]){{ROOM, 3, 80, NULL, 0, false}}, 1);
    replay(&j, &late, "60:65:60", in_room, 1, "100/3", "100");
    journal_take(&j, &m);
    journal_take(&j, &late);
    journal_free(&j);
}

static void joining_and_leaving_are_followed(void **state)
{
    struct journal j;
    struct journal_mark m = {0};

    (void)state;
    journal_init(&j);
    journal_put(&j, &m);
    append(&j, (struct line[]){{ROOM, 1, 70, NULL, 0, false},
                               {ROOM, 2, 71, "member_left", ME, false},
                               {ROOM, 3, 72, NULL, 0, false},
                               {ROOM_2, 4, 73, NULL, 0, false},
                               {ROOM_2, 5, 74, "member_joined", ME, false},
                               {ROOM_2, 6, 75, "member_joined", OTHER, false},
                               {ROOM_2, 7, 76, "member_left", OTHER, false}}, 7);
    /* Not the row that removes it, nor what follows; but the row that brings it, and what follows. */
    replay(&j, &m, "60:60:", in_room, 1, "100/1 101/5 101/6 101/7", "101");
    journal_take(&j, &m);
    journal_free(&j);
}

/* The answer knew of the leaving and of the coming back already: applying both again ends the same. */
static void effects_that_the_answer_knows_are_harmless(void **state)
{
    struct journal j;
    struct journal_mark m = {0};

    (void)state;
    journal_init(&j);
    journal_put(&j, &m);
    append(&j, (struct line[]){{ROOM, 1, 50, NULL, 0, false},
                               {ROOM, 2, 51, "member_left", ME, false},
                               {ROOM, 3, 52, NULL, 0, false},
                               {ROOM, 4, 53, "member_joined", ME, false},
                               {ROOM, 5, 61, NULL, 0, false}}, 5);
    replay(&j, &m, "60:60:", in_room, 1, "100/5", "100");
    replay(&j, &m, "52:60:52,53", in_room, 0, "100/4 100/5", "100");
    journal_take(&j, &m);
    journal_free(&j);
}

static void a_deleted_room_tells_its_end(void **state)
{
    struct journal j;
    struct journal_mark m = {0};

    (void)state;
    journal_init(&j);
    journal_put(&j, &m);
    append(&j, (struct line[]){{ROOM, 1, 70, "room_deleted", ROOM, false}, {ROOM, 2, 71, NULL, 0, false}}, 2);
    replay(&j, &m, "60:60:", in_room, 1, "100/1", "");
    journal_take(&j, &m);
    journal_free(&j);
}

static void the_end_of_the_session_or_the_account_ends_it(void **state)
{
    struct journal j;
    struct journal_mark m = {0}, m_2 = {0};

    (void)state;
    journal_init(&j);
    journal_put(&j, &m);
    append(&j, (struct line[]){{ME, 1, 70, "session_revoked", SESSION + 1, false},
                               {TENANT, 1, 71, "profile_changed", ME, true},
                               {TENANT, 2, 71, "profile_changed", OTHER, false}}, 3);
    replay(&j, &m, "60:60:", in_room, 1, "10/1 1/1 1/2", "100");
    append(&j, (struct line[]){{ME, 2, 72, "session_revoked", SESSION, false}, {ROOM, 9, 73, NULL, 0, false}}, 2);
    replay(&j, &m, "60:60:", in_room, 1, "10/1 1/1 1/2", "100 ended");
    journal_put(&j, &m_2);
    append(&j, (struct line[]){{TENANT, 3, 80, "profile_changed", ME, false}, {ROOM, 10, 81, NULL, 0, false}}, 2);
    replay(&j, &m_2, "60:60:", in_room, 1, "", "100 ended");
    journal_take(&j, &m);
    journal_take(&j, &m_2);
    journal_free(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_marks_nothing_is_kept),
        cmocka_unit_test(batches_are_kept_back_to_the_oldest_mark),
        cmocka_unit_test(what_the_answer_has_seen_is_left_out),
        cmocka_unit_test(joining_and_leaving_are_followed),
        cmocka_unit_test(effects_that_the_answer_knows_are_harmless),
        cmocka_unit_test(a_deleted_room_tells_its_end),
        cmocka_unit_test(the_end_of_the_session_or_the_account_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
