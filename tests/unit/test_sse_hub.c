#include "unit.h"

#include "../../sse/hub.h"

enum { TENANT = 1001, ACCOUNTS = 40, ROOMS = 25, FIRST_ACCOUNT = 2000, FIRST_ROOM = 3000 };

static struct {
    int64_t account, room;
    unsigned n;
} left;

static void note_leave(void *arg, struct account *a, int64_t room)
{
    (void)arg;
    left.account = a->feed.id;
    left.room = room;
    left.n++;
}

static bool hears(const struct hub *h, int64_t feed, const struct account *a)
{
    struct audience who;

    hub_audience(h, feed, &who);
    for (uint32_t i = 0; i < who.n; i++) {
        if (who.account[i] == a) return true;
    }
    return false;
}

static void an_account_hears_itself_its_tenant_and_its_rooms(void **state)
{
    struct hub h = HUB_INIT;
    const int64_t rooms[] = {3000, 3001};
    struct account *a = hub_enter(&h, TENANT, 2000, rooms, 2);

    (void)state;
    assert_non_null(a);
    assert_ptr_equal(hub_account(&h, 2000), a);
    assert_null(hub_account(&h, 3000));
    assert_true(hears(&h, 2000, a) && hears(&h, TENANT, a) && hears(&h, 3000, a) && hears(&h, 3001, a));
    assert_false(hub_has_audience(&h, 3002));
    assert_true(hub_is_member(&h, a, 3001));
    assert_false(hub_is_member(&h, a, 3002));
    assert_false(hub_is_member(&h, a, 2000));
    assert_true(hub_sane(&h));
    hub_release(&h, a);
    assert_false(hub_has_audience(&h, 3000));
    assert_int_equal(h.feeds.n, 0);
    hub_free(&h);
}

static void it_lives_as_long_as_somebody_holds_it(void **state)
{
    struct hub h = HUB_INIT;
    struct account *a = hub_enter(&h, TENANT, 2000, NULL, 0);

    (void)state;
    hub_hold(a);
    hub_release(&h, a);
    assert_ptr_equal(hub_account(&h, 2000), a);
    hub_release(&h, a);
    assert_null(hub_account(&h, 2000));
    hub_free(&h);
}

static void its_rooms_can_be_set_as_a_whole(void **state)
{
    struct hub h = HUB_INIT;
    const int64_t before[] = {3000, 3001, 3002}, after[] = {3001, 3003, 3004, 3005};
    struct account *a = hub_enter(&h, TENANT, 2000, before, 3), *b = hub_enter(&h, TENANT, 2001, before, 3);

    (void)state;
    h.on_leave = note_leave;
    left.n = 0;
    assert_true(hub_set_rooms(&h, a, before, 3));
    assert_int_equal(left.n, 0);
    assert_false(hub_set_rooms(&h, a, after, 4));
    assert_int_equal(left.n, 2);
    assert_int_equal(a->n_rooms, 4);
    for (int i = 0; i < 4; i++) assert_true(hub_is_member(&h, a, after[i]));
    assert_false(hub_is_member(&h, a, 3000) || hub_is_member(&h, a, 3002));
    assert_true(hears(&h, 3000, b) && !hears(&h, 3000, a) && hears(&h, 3003, a));
    assert_true(hub_sane(&h));
    assert_false(hub_set_rooms(&h, a, NULL, 0));
    assert_int_equal(a->n_rooms, 0);
    assert_true(hub_sane(&h));
    hub_release(&h, a);
    hub_release(&h, b);
    hub_free(&h);
}

static void subscribing_twice_is_once_and_leaving_is_told(void **state)
{
    struct hub h = HUB_INIT;
    struct account *a = hub_enter(&h, TENANT, 2000, NULL, 0), *b = hub_enter(&h, TENANT, 2001, NULL, 0);

    (void)state;
    h.on_leave = note_leave;
    left.n = 0;
    assert_true(hub_subscribe(&h, a, 3000) && hub_subscribe(&h, a, 3000) && hub_subscribe(&h, b, 3000));
    assert_int_equal(a->n_rooms, 1);
    hub_unsubscribe(&h, a, 3001);
    assert_int_equal(left.n, 0);
    hub_unsubscribe(&h, a, 3000);
    assert_int_equal(left.n, 1);
    assert_int_equal(left.account, 2000);
    assert_int_equal(left.room, 3000);
    assert_true(hears(&h, 3000, b) && !hears(&h, 3000, a));
    assert_true(hub_subscribe(&h, a, 3000));
    hub_end_room(&h, 3000);
    assert_int_equal(left.n, 3);
    assert_false(hub_has_audience(&h, 3000));
    assert_true(hub_sane(&h));
    hub_release(&h, a);
    hub_release(&h, b);
    hub_free(&h);
}

/* An id that is an account cannot become a room. */
static void an_id_is_one_thing(void **state)
{
    struct hub h = HUB_INIT;
    struct account *a = hub_enter(&h, TENANT, 2000, NULL, 0);

    (void)state;
    assert_false(hub_subscribe(&h, a, 2000));
    assert_false(hub_subscribe(&h, a, TENANT));
    hub_end_room(&h, 2000);
    assert_true(hub_sane(&h));
    hub_release(&h, a);
    hub_free(&h);
}

static void streams_are_linked_and_unlinked(void **state)
{
    struct hub h = HUB_INIT;
    struct account *a = hub_enter(&h, TENANT, 2000, NULL, 0);
    struct subscriber s[3];

    (void)state;
    for (int i = 0; i < 3; i++) hub_link(a, &s[i]);
    hub_unlink(&s[1]);
    assert_ptr_equal(a->subscribers, &s[2]);
    assert_ptr_equal(s[2].next, &s[0]);
    hub_unlink(&s[2]);
    hub_unlink(&s[0]);
    assert_null(a->subscribers);
    hub_release(&h, a);
    hub_free(&h);
}

/* Everything in any order, against a table that knows. */
static void membership_stays_true(void **state)
{
    struct hub h = HUB_INIT;
    struct account *account[ACCOUNTS] = {NULL};
    bool in[ACCOUNTS][ROOMS] = {{false}};

    (void)state;
    for (int step = 0; step < 40000; step++) {
        unsigned a = random_number() % ACCOUNTS, r = random_number() % ROOMS;

        switch (random_number() % 8) {
        case 0:
            if (account[a] != NULL) {
                hub_release(&h, account[a]);
                account[a] = NULL;
                memset(in[a], 0, sizeof in[a]);
            } else {
                int64_t rooms[2] = {FIRST_ROOM + r, FIRST_ROOM + (r + 1) % ROOMS};

                account[a] = hub_enter(&h, TENANT + a % 2, FIRST_ACCOUNT + a, rooms, 2);
                in[a][r] = in[a][(r + 1) % ROOMS] = true;
            }
            break;
        case 1:
            if (step % 16 != 0) break;
            hub_end_room(&h, FIRST_ROOM + r);
            for (unsigned i = 0; i < ACCOUNTS; i++) in[i][r] = false;
            break;
        case 2:
        case 3:
            if (account[a] == NULL) break;
            hub_unsubscribe(&h, account[a], FIRST_ROOM + r);
            in[a][r] = false;
            break;
        default:
            if (account[a] == NULL) break;
            assert_true(hub_subscribe(&h, account[a], FIRST_ROOM + r));
            in[a][r] = true;
            break;
        }
        if (step % 500 != 0) continue;
        assert_true(hub_sane(&h));
        for (a = 0; a < ACCOUNTS; a++) {
            for (r = 0; r < ROOMS && account[a] != NULL; r++) {
                assert_int_equal(hub_is_member(&h, account[a], FIRST_ROOM + r), in[a][r]);
                assert_int_equal(hears(&h, FIRST_ROOM + r, account[a]), in[a][r]);
            }
        }
    }
    for (unsigned a = 0; a < ACCOUNTS; a++) {
        if (account[a] != NULL) hub_release(&h, account[a]);
    }
    assert_int_equal(h.feeds.n, 0);
    assert_int_equal(h.n_rooms + h.n_accounts, 0);
    hub_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_hears_itself_its_tenant_and_its_rooms),
        cmocka_unit_test(it_lives_as_long_as_somebody_holds_it),
        cmocka_unit_test(its_rooms_can_be_set_as_a_whole),
        cmocka_unit_test(subscribing_twice_is_once_and_leaving_is_told),
        cmocka_unit_test(an_id_is_one_thing),
        cmocka_unit_test(streams_are_linked_and_unlinked),
        cmocka_unit_test(membership_stays_true),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
