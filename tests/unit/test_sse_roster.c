/* The participants of a room: what is written, and that whoever follows it knows what is so. */
#include "unit.h"

#include <jansson.h>

#include "../../sse/roster.h"

enum { ROOM = 1004, MOST = 8, PEOPLE = 24, STREAMS = 40, OBSERVERS = 5, LEASE = 45, FIRST = 2000 };

static const struct mode online = {ROSTER_ONLINE, ROSTER_UNTOLD};

static void assert_news(struct roster *r, const char *wanted)
{
    struct buf b = BUF_INIT;
    int64_t only;

    assert_true(roster_has_news(r));
    assert_true(roster_news(r, ROOM, MOST, &b, &only));
    assert_true(buf_ok(&b));
    assert_slice(buf_view(&b), wanted);
    buf_free(&b);
}

static void assert_no_news(struct roster *r)
{
    struct buf b = BUF_INIT;
    int64_t only;

    assert_false(roster_news(r, ROOM, MOST, &b, &only));
    assert_int_equal(b.len, 0);
    assert_false(roster_has_news(r));
}

static void assert_state(struct roster *r, const char *wanted)
{
    struct buf b = BUF_INIT;

    roster_state(r, ROOM, 0, false, &b);
    assert_true(buf_ok(&b));
    assert_slice(buf_view(&b), wanted);
    buf_free(&b);
}

static void many_streams_are_one_participant(void **state)
{
    struct roster r = {0};

    (void)state;
    assert_true(roster_join(&r, 7, &online, MOST));
    assert_news(&r, "{\"event\":\"presence\",\"room\":\"1004\",\"joined\":[\"7\"],\"left\":[],\"count\":1}");
    assert_true(roster_join(&r, 7, &online, MOST));
    assert_no_news(&r);
    assert_true(roster_leave(&r, 7, &online));
    assert_no_news(&r);
    assert_false(roster_leave(&r, 7, &online));
    assert_news(&r, "{\"event\":\"presence\",\"room\":\"1004\",\"joined\":[],\"left\":[\"7\"],\"count\":0}");
    assert_int_equal(r.people.n, 0);
    roster_free(&r);
}

static void only_fields_that_changed_are_told(void **state)
{
    struct roster r = {0};
    struct show show = {.has = SHOW_NAME | SHOW_EMOJI, .name = SLICE("Bo"), .emoji = SLICE("👍"), .emoji_until = 5000};
    struct mode idle = {ROSTER_IDLE, ROSTER_PHONE};
    struct buf b = BUF_INIT;

    (void)state;
    assert_true(roster_join(&r, 7, &online, MOST) && roster_show(&r, 7, &show));
    assert_news(&r, "{\"event\":\"presence\",\"room\":\"1004\",\"joined\":[\"7\"],\"left\":[],\"changed\":[{\"person\":\"7\",\"name\":\"Bo\",\"emoji\":\"👍\"}],\"count\":1}");
    assert_true(roster_show(&r, 7, &show));
    assert_no_news(&r);
    roster_remode(&r, 7, &online, &idle, MOST);
    assert_news(&r, "{\"event\":\"presence\",\"room\":\"1004\",\"joined\":[],\"left\":[],\"changed\":[{\"person\":\"7\",\"status\":\"idle\",\"device\":\"phone\"}],\"count\":1}");
    assert_int_equal(roster_expire(&r, 4999), 5000);
    assert_no_news(&r);
    assert_int_equal(roster_expire(&r, 5000), INT64_MAX);
    assert_news(&r, "{\"event\":\"presence\",\"room\":\"1004\",\"joined\":[],\"left\":[],\"changed\":[{\"person\":\"7\",\"emoji\":null}],\"count\":1}");
    show = (struct show){.has = SHOW_PLACE, .x = 2500, .y = 10000};
    assert_true(roster_show(&r, 7, &show));
    assert_state(&r, "{\"event\":\"presence_state\",\"room\":\"1004\",\"people\":[\"7\"],\"shown\":[{\"person\":\"7\",\"status\":\"idle\",\"device\":\"phone\",\"name\":\"Bo\",\"x\":0.25,\"y\":1}],\"count\":1,\"settling\":false}");
    assert_news(&r, "{\"event\":\"presence\",\"room\":\"1004\",\"joined\":[],\"left\":[],\"changed\":[{\"person\":\"7\",\"x\":0.25,\"y\":1}],\"count\":1}");
    show.x = 1;
    show.y = 0;
    assert_true(roster_show(&r, 7, &show));
    assert_no_news(&r);
    assert_true(roster_moves(&r, ROOM, ROSTER_MOVES, &b));
    assert_slice(buf_view(&b), "{\"event\":\"moved\",\"room\":\"1004\",\"moves\":[[\"7\",0.0001,0]]}");
    buf_free(&b);
    assert_false(roster_has_moves(&r));
    roster_free(&r);
}

static void the_most_present_device_speaks_for_the_person(void **state)
{
    struct roster r = {0};
    const struct mode phone = {ROSTER_IDLE, ROSTER_PHONE}, desk = {ROSTER_ONLINE, ROSTER_DESKTOP}, busy = {ROSTER_DND, ROSTER_TABLET},
                      unseen = {ROSTER_INVISIBLE, ROSTER_DESKTOP};

    (void)state;
    assert_true(roster_join(&r, 7, &unseen, MOST));
    assert_no_news(&r);
    assert_state(&r, "{\"event\":\"presence_state\",\"room\":\"1004\",\"people\":[],\"count\":0,\"settling\":false}");
    assert_true(roster_join(&r, 7, &phone, MOST));
    assert_news(&r, "{\"event\":\"presence\",\"room\":\"1004\",\"joined\":[\"7\"],\"left\":[],\"changed\":[{\"person\":\"7\",\"status\":\"idle\",\"device\":\"phone\"}],\"count\":1}");
    assert_true(roster_join(&r, 7, &desk, MOST));
    assert_news(&r, "{\"event\":\"presence\",\"room\":\"1004\",\"joined\":[],\"left\":[],\"changed\":[{\"person\":\"7\",\"status\":\"online\",\"device\":\"desktop\"}],\"count\":1}");
    assert_true(roster_join(&r, 7, &busy, MOST));
    assert_news(&r, "{\"event\":\"presence\",\"room\":\"1004\",\"joined\":[],\"left\":[],\"changed\":[{\"person\":\"7\",\"status\":\"dnd\"}],\"count\":1}");
    assert_true(roster_leave(&r, 7, &busy) && roster_leave(&r, 7, &desk) && roster_leave(&r, 7, &phone));
    assert_news(&r, "{\"event\":\"presence\",\"room\":\"1004\",\"joined\":[],\"left\":[\"7\"],\"count\":0}");
    assert_false(roster_leave(&r, 7, &unseen));
    assert_no_news(&r);
    assert_int_equal(r.people.n, 0);
    roster_free(&r);
}

static void a_crowd_is_counted_and_the_first_are_named(void **state)
{
    struct roster r = {0};
    struct buf b = BUF_INIT;
    int64_t only;

    (void)state;
    for (int64_t id = 1; id <= 1000; id++) assert_true(roster_join(&r, id, &online, MOST));
    assert_true(roster_news(&r, ROOM, MOST, &b, &only));
    assert_int_equal(r.n_named, MOST);
    buf_free(&b);
    for (int64_t id = 1001; id <= 1010; id++) assert_true(roster_join(&r, id, &online, MOST));
    assert_news(&r, "{\"event\":\"presence\",\"room\":\"1004\",\"joined\":[],\"left\":[],\"count\":1010}");
    /* A place that becomes free is taken by one of the others. */
    assert_false(roster_leave(&r, 1, &online));
    assert_true(roster_news(&r, ROOM, MOST, &b, &only));
    assert_non_null(strstr(buf_cstr(&b), "\"left\":[\"1\"]"));
    assert_null(strstr(buf_cstr(&b), "\"joined\":[]"));
    assert_int_equal(r.n_named, MOST);
    buf_free(&b);
    roster_page(&r, ROOM, 998, 3, &b);
    assert_slice(buf_view(&b), "{\"event\":\"people\",\"room\":\"1004\",\"people\":[{\"person\":\"999\",\"status\":\"online\"},{\"person\":\"1000\",\"status\":\"online\"},"
                               "{\"person\":\"1001\",\"status\":\"online\"}],\"next\":\"1001\",\"count\":1009}");
    buf_free(&b);
    roster_page(&r, ROOM, 1009, 3, &b);
    assert_slice(buf_view(&b), "{\"event\":\"people\",\"room\":\"1004\",\"people\":[{\"person\":\"1010\",\"status\":\"online\"}],\"next\":null,\"count\":1009}");
    buf_free(&b);
    assert_true(roster_sane(&r, MOST));
    roster_free(&r);
}

static void who_moves_most_is_told_no_more_often_than_others(void **state)
{
    struct roster r = {0};
    struct buf b = BUF_INIT;
    unsigned told[6] = {0};

    (void)state;
    for (int64_t id = 1; id <= 6; id++) {
        struct show show = {.has = SHOW_PLACE, .x = 1, .y = 1};

        assert_true(roster_join(&r, id, &online, MOST) && roster_show(&r, id, &show));
    }
    for (unsigned i = 0; i < 60; i++) {
        /* 1 moves at every step, the others now and then, and two fit into a batch. */
        for (int64_t id = 1; id <= 6; id++) {
            struct show show = {.has = SHOW_PLACE, .x = (uint16_t)(10 + i), .y = 1};

            if (id == 1 || i % 3 == 0) assert_true(roster_show(&r, id, &show));
        }
        buf_clear(&b);
        if (roster_moves(&r, ROOM, 2, &b)) {
            json_t *j = json_loadb(b.data, b.len, 0, NULL), *move;
            size_t k;

            json_array_foreach(json_object_get(j, "moves"), k, move) told[atoi(json_string_value(json_array_get(move, 0))) - 1]++;
            assert_true(json_array_size(json_object_get(j, "moves")) <= 2);
            json_decref(j);
        }
    }
    for (int i = 1; i < 6; i++) assert_true(told[i] >= 12 && told[0] <= 3 * told[i]);
    buf_free(&b);
    roster_free(&r);
}

static void who_has_left_is_told_for_a_while_to_the_minute(void **state)
{
    struct roster r = {0};
    const int64_t hour = INT64_C(3600000000), noon = INT64_C(1795262400000000);
    struct buf b = BUF_INIT;
    int64_t only;

    (void)state;
    roster_clock(&r, noon + 61500000, hour);
    assert_true(roster_join(&r, 7, &online, MOST) && roster_join(&r, 8, &online, MOST));
    assert_true(roster_news(&r, ROOM, MOST, &b, &only));
    assert_false(roster_leave(&r, 7, &online));
    assert_true(roster_news(&r, ROOM, MOST, &b, &only));
    buf_free(&b);
    assert_state(&r, "{\"event\":\"presence_state\",\"room\":\"1004\",\"people\":[\"8\"],\"gone\":[{\"person\":\"7\",\"since\":\"2026-11-21T12:01:00.000Z\"}],\"count\":1,\"settling\":false}");
    roster_clock(&r, noon + 61500000 + hour, hour);
    assert_state(&r, "{\"event\":\"presence_state\",\"room\":\"1004\",\"people\":[\"8\"],\"count\":1,\"settling\":false}");
    roster_clock(&r, noon + 61500000, hour);
    assert_true(roster_join(&r, 7, &online, MOST));
    assert_state(&r, "{\"event\":\"presence_state\",\"room\":\"1004\",\"people\":[\"8\",\"7\"],\"count\":2,\"settling\":false}");
    /* Of many, the last ones. */
    for (int64_t id = 100; id < 200; id++) {
        assert_true(roster_join(&r, id, &online, 1000));
        (void)roster_news(&r, ROOM, 1000, &b, &only);
        (void)roster_leave(&r, id, &online);
        (void)roster_news(&r, ROOM, 1000, &b, &only);
    }
    assert_int_equal(r.n_gone, ROSTER_GONE);
    assert_int_equal(r.gone[ROSTER_GONE - 1].id, 199);
    buf_free(&b);
    roster_free(&r);
}

/* --- those who follow --- */

struct observer {
    bool here;
    bool fresh;   /* has a state, and no news since: some of them may repeat it */
    json_t *view; /* person -> what it shows */
    json_t *sure; /* after a restart: whom the new pusher has named */
    int64_t count;
};

struct stream_model {
    bool in;
    int64_t person;
    struct mode mode;
    int64_t until;
};

static struct world {
    struct roster roster;
    struct stream_model stream[STREAMS];
    struct observer observer[OBSERVERS];
    int64_t now;
    uint32_t most;
    bool settling;
    json_t *came_and_went; /* since the last news: may be told to have left although nobody knew */
} w;

static void merge(json_t *person, const json_t *fields)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)fields, key, value) {
        if (strcmp(key, "person") == 0) continue;
        if (json_is_null(value) || (strcmp(key, "status") == 0 && strcmp(json_string_value(value), "online") == 0)) {
            json_object_del(person, key);
        } else {
            json_object_set(person, key, value);
        }
    }
}

static json_t *parse(struct buf *b)
{
    json_error_t error;
    json_t *j;

    assert_true(buf_ok(b));
    j = json_loadb(b->data, b->len, JSON_REJECT_DUPLICATES, &error);
    if (j == NULL) fail_msg("%s in %.*s", error.text, (int)b->len, b->data);
    buf_free(b);
    return j;
}

static void view_state(struct observer *o, json_t *j)
{
    size_t i;
    json_t *v;

    if (!w.settling) json_object_clear(o->view);
    json_object_clear(o->sure);
    json_array_foreach(json_object_get(j, "people"), i, v) {
        json_object_set_new(o->view, json_string_value(v), json_object());
        json_object_set_new(o->sure, json_string_value(v), json_true());
    }
    json_array_foreach(json_object_get(j, "shown"), i, v) {
        json_t *p = json_object_get(o->view, json_string_value(json_object_get(v, "person")));

        assert_non_null(p);
        merge(p, v);
    }
    o->count = json_integer_value(json_object_get(j, "count"));
    o->fresh = true;
}

static void view_news(struct observer *o, const json_t *j)
{
    size_t i;
    json_t *v;

    json_array_foreach(json_object_get(j, "joined"), i, v) {
        const char *id = json_string_value(v);

        /* Join and leave alternate, but for what the state had already. */
        if (!o->fresh && !w.settling && json_object_get(w.came_and_went, id) == NULL) assert_null(json_object_get(o->view, id));
        if (json_object_get(o->view, id) == NULL || w.settling) json_object_set_new(o->view, id, json_object());
        json_object_set_new(o->sure, id, json_true());
    }
    json_array_foreach(json_object_get(j, "left"), i, v) {
        const char *id = json_string_value(v);

        if (json_object_get(w.came_and_went, id) == NULL && !o->fresh) assert_non_null(json_object_get(o->view, id));
        json_object_del(o->view, id);
        json_object_del(o->sure, id);
    }
    json_array_foreach(json_object_get(j, "changed"), i, v) {
        json_t *p = json_object_get(o->view, json_string_value(json_object_get(v, "person")));

        assert_non_null(p);
        merge(p, v);
    }
    o->count = json_integer_value(json_object_get(j, "count"));
    o->fresh = false;
}

static void view_moves(const struct observer *o, const json_t *j)
{
    size_t i;
    json_t *v;

    json_array_foreach(json_object_get(j, "moves"), i, v) {
        json_t *p = json_object_get(o->view, json_string_value(json_array_get(v, 0)));

        if (p == NULL) continue;
        json_object_set(p, "x", json_array_get(v, 1));
        json_object_set(p, "y", json_array_get(v, 2));
    }
}

static void tell_news(void)
{
    struct buf b = BUF_INIT;
    int64_t only;

    if (roster_news(&w.roster, ROOM, w.most, &b, &only)) {
        json_t *j = parse(&b);

        for (int i = 0; i < OBSERVERS; i++) {
            if (w.observer[i].here) view_news(&w.observer[i], j);
        }
        json_decref(j);
    } else {
        for (int i = 0; i < OBSERVERS; i++) w.observer[i].fresh = false;
    }
    json_object_clear(w.came_and_went);
}

static bool tell_moves(void)
{
    struct buf b = BUF_INIT;

    if (!roster_has_moves(&w.roster)) return false;
    if (roster_moves(&w.roster, ROOM, 3, &b)) {
        json_t *j = parse(&b);

        for (int i = 0; i < OBSERVERS; i++) {
            if (w.observer[i].here) view_moves(&w.observer[i], j);
        }
        json_decref(j);
    }
    return true;
}

static void observe(struct observer *o)
{
    struct buf b = BUF_INIT;
    json_t *j;

    roster_state(&w.roster, ROOM, 0, w.settling, &b);
    j = parse(&b);
    o->here = true;
    view_state(o, j);
    json_decref(j);
}

static void note_went(int64_t person)
{
    char id[24];

    (void)snprintf(id, sizeof id, "%lld", (long long)person);
    json_object_set_new(w.came_and_went, id, json_true());
}

static void stream_out(struct stream_model *s)
{
    s->in = false;
    note_went(s->person);
    (void)roster_leave(&w.roster, s->person, &s->mode);
}

static void expire(void)
{
    for (int i = 0; i < STREAMS; i++) {
        if (w.stream[i].in && w.stream[i].until <= w.now) stream_out(&w.stream[i]);
    }
    (void)roster_expire(&w.roster, w.now);
}

static struct mode any_mode(void)
{
    return (struct mode){(uint8_t)(random_number() % ROSTER_STATUSES), (uint8_t)(random_number() % ROSTER_DEVICES)};
}

static void show_something(int64_t person)
{
    static const char *const names[] = {"", "Ada", "Bob with a long name"}, *const emojis[] = {"", "👍", "✋"};
    struct show s = {.has = (unsigned)random_number() & (SHOW_NAME | SHOW_EMOJI | SHOW_PLACE)};

    s.name = slice_str(names[random_number() % 3]);
    s.emoji = slice_str(emojis[random_number() % 3]);
    s.emoji_until = s.emoji.n > 0 && random_number() % 2 == 0 ? w.now + 1 + (int64_t)(random_number() % 20) : 0;
    if (random_number() % 5 == 0) {
        s.x = s.y = ROSTER_NOWHERE;
    } else {
        s.x = (uint16_t)(random_number() % 10001);
        s.y = (uint16_t)(random_number() % 10001);
    }
    assert_true(roster_show(&w.roster, person, &s));
}

static void stream_step(struct stream_model *s)
{
    struct mode mode = any_mode();

    if (!s->in) {
        s->in = true;
        s->person = FIRST + (int64_t)(random_number() % PEOPLE);
        s->mode = mode;
        assert_true(roster_join(&w.roster, s->person, &mode, w.most));
    } else if (random_number() % 4 == 0) {
        stream_out(s);
        return;
    } else if (random_number() % 3 == 0) {
        if (mode.status == ROSTER_INVISIBLE) note_went(s->person);
        roster_remode(&w.roster, s->person, &s->mode, &mode, w.most);
        s->mode = mode;
    } else {
        show_something(s->person);
    }
    s->until = w.now + LEASE;
}

/* What a newcomer would see is what each observer sees. */
static void all_agree(void)
{
    struct observer truth = {.view = json_object(), .sure = json_object()};
    bool settling = w.settling;

    tell_news();
    while (tell_moves()) {}
    assert_int_equal(w.roster.n_named, w.roster.here < w.most ? w.roster.here : w.most);
    w.settling = false;
    observe(&truth);
    w.settling = settling;
    for (int i = 0; i < OBSERVERS; i++) {
        const struct observer *o = &w.observer[i];

        if (!o->here || settling) continue;
        if (!json_equal(o->view, truth.view)) fail_msg("observer %d sees %s, true is %s", i, json_dumps(o->view, JSON_SORT_KEYS), json_dumps(truth.view, JSON_SORT_KEYS));
        assert_int_equal(o->count, truth.count);
    }
    json_decref(truth.view);
    json_decref(truth.sure);
}

/* Nobody is left of those whom no stream holds, and nobody is missing. */
static void truth_is_true(void)
{
    uint32_t here = 0;

    for (int64_t person = FIRST; person < FIRST + PEOPLE; person++) {
        bool in = false;

        for (int i = 0; i < STREAMS; i++) in |= w.stream[i].in && w.stream[i].person == person && w.stream[i].mode.status != ROSTER_INVISIBLE;
        here += in;
    }
    assert_int_equal(w.roster.here, here);
    assert_true(w.roster.n_named <= here);
    assert_true(roster_sane(&w.roster, w.most));
}

/* The pusher is gone with all it knew; clients come back, some never do. */
static void restart(void)
{
    roster_free(&w.roster);
    json_object_clear(w.came_and_went);
    w.settling = true;
    for (int i = 0; i < OBSERVERS; i++) {
        json_object_clear(w.observer[i].sure);
        w.observer[i].here = false;
    }
    for (int i = 0; i < STREAMS; i++) {
        struct stream_model *s = &w.stream[i];

        if (!s->in) continue;
        s->in = random_number() % 4 > 0;
        s->until = w.now + LEASE;
        if (s->in) assert_true(roster_join(&w.roster, s->person, &s->mode, w.most));
        if (random_number() % 5 == 0) tell_news();
        if (random_number() % 5 == 0) observe(&w.observer[random_number() % OBSERVERS]);
    }
}

/* After one lease whoever has not been named anew is dropped. */
static void settled(void)
{
    tell_news();
    w.settling = false;
    for (int i = 0; i < OBSERVERS; i++) {
        struct observer *o = &w.observer[i];
        const char *id;
        json_t *v;
        void *next;

        json_object_foreach_safe(o->view, next, id, v) {
            if (json_object_get(o->sure, id) == NULL) json_object_del(o->view, id);
        }
    }
}

static void follow(uint32_t most, unsigned steps)
{
    int64_t settles = 0;

    w = (struct world){.most = most, .came_and_went = json_object()};
    for (int i = 0; i < OBSERVERS; i++) w.observer[i] = (struct observer){.view = json_object(), .sure = json_object()};
    for (unsigned step = 0; step < steps; step++) {
        w.now += (int64_t)(random_number() % 4);
        expire();
        stream_step(&w.stream[random_number() % STREAMS]);
        if (random_number() % 7 == 0) observe(&w.observer[random_number() % OBSERVERS]);
        if (random_number() % 31 == 0) w.observer[random_number() % OBSERVERS].here = false;
        if (random_number() % 5 == 0) tell_news();
        if (random_number() % 3 == 0) (void)tell_moves();
        if (!w.settling && random_number() % 400 == 0) {
            restart();
            settles = w.now + LEASE;
        }
        if (w.settling && w.now >= settles) settled();
        if (random_number() % 11 == 0) all_agree();
        truth_is_true();
    }
    if (w.settling) settled();
    /* Everybody falls silent: nobody stays longer than a lease. */
    w.now += LEASE;
    expire();
    all_agree();
    for (int i = 0; i < OBSERVERS; i++) {
        if (w.observer[i].here) assert_int_equal(json_object_size(w.observer[i].view), 0);
        json_decref(w.observer[i].view);
        json_decref(w.observer[i].sure);
    }
    assert_int_equal(w.roster.people.n, 0);
    json_decref(w.came_and_went);
    roster_free(&w.roster);
}

static void whoever_follows_knows_what_is_so(void **state)
{
    (void)state;
    follow(PEOPLE, 30000);
}

static void also_in_a_room_where_some_are_only_counted(void **state)
{
    (void)state;
    follow(MOST, 30000);
    follow(1, 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_streams_are_one_participant),
        cmocka_unit_test(only_fields_that_changed_are_told),
        cmocka_unit_test(the_most_present_device_speaks_for_the_person),
        cmocka_unit_test(a_crowd_is_counted_and_the_first_are_named),
        cmocka_unit_test(who_has_left_is_told_for_a_while_to_the_minute),
        cmocka_unit_test(who_moves_most_is_told_no_more_often_than_others),
        cmocka_unit_test(whoever_follows_knows_what_is_so),
        cmocka_unit_test(also_in_a_room_where_some_are_only_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
