/* What people do with messages, in shares that a busy team has: of a hundred messages ten are replies in a
 * thread, twenty have reactions (one to six), five mention somebody, two were edited; of a thousand, two call
 * everybody and one is pinned. Of those who follow a thread one in twenty has not read its end. Each leaves
 * what its function of schema/functions would have left. */
#include "config.h"

#include "clock.h"
#include "talk.h"
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>

enum { OPEN_THREADS = 6, FOLLOWERS = 12, REPLIERS = 3, PINS_MOST = 100, REPLY = 10, REACTED = 5, MENTION = 20, EDITED = 50, ALL = 500, PINNED = 1000, UNREAD = 20 };

struct thread {
    int64_t root, last_no, last_seq, last_at;
    int64_t repliers[REPLIERS], follower[FOLLOWERS], read_no[FOLLOWERS];
    size_t n_repliers, n_followers;
};

struct lively_room {
    struct thread open[OPEN_THREADS];
    int64_t recent[8], recent_sender[8]; /* the last messages of the log: what replies begin at */
    size_t n_recent;
    unsigned pins;
};

static void follow(struct thread *h, int64_t account, int64_t read_no)
{
    for (size_t i = 0; i < h->n_followers; i++) {
        if (h->follower[i] != account) continue;
        if (h->read_no[i] < read_no) h->read_no[i] = read_no;
        return;
    }
    if (h->n_followers == FOLLOWERS) return;
    h->follower[h->n_followers] = account;
    h->read_no[h->n_followers++] = read_no;
}

/* The last three who replied, each once, newest first. */
static void replied(struct thread *h, int64_t sender)
{
    size_t i = 0;

    while (i < h->n_repliers && h->repliers[i] != sender) i++;
    if (i == h->n_repliers && h->n_repliers < REPLIERS) h->n_repliers++;
    if (i == REPLIERS) i--;
    for (; i > 0; i--) h->repliers[i] = h->repliers[i - 1];
    h->repliers[0] = sender;
}

static void store_thread(struct talk *t, const struct room *room, const struct thread *h)
{
    struct buf line = BUF_INIT;
    char when[CLOCK_RFC3339_SIZE];

    if (h->last_no == 0) return;
    clock_rfc3339(h->last_at, when);
    buf_fmt(&line, "%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%s\t{", room->id, h->root, t->tenant, h->last_no,
            h->last_no, h->last_seq, when);
    for (size_t i = 0; i < h->n_repliers; i++) buf_fmt(&line, "%s%" PRId64, i > 0 ? "," : "", h->repliers[i]);
    buf_str(&line, "}\n");
    talk_row(t, TALK_THREAD, &line);
    for (size_t i = 0; i < h->n_followers; i++) {
        int64_t read_no = talk_once_in(t, UNREAD) ? h->read_no[i] : h->last_no;

        buf_fmt(&line, "%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%d\n", h->follower[i], room->id, h->root, t->tenant, read_no,
                read_no < h->last_no);
        talk_row(t, TALK_FOLLOWER, &line);
    }
    buf_free(&line);
}

/* One of the open threads, or now and then a new one at a message of lately; the place of an old one then. */
static struct thread *pick_thread(struct talk *t, struct room *room)
{
    struct lively_room *l = room->lively;
    struct thread *h = &l->open[talk_zipf(t, OPEN_THREADS)];
    size_t from;

    if (h->last_no > 0 && (l->n_recent == 0 || !talk_once_in(t, 5))) return h;
    from = talk_draw(t) % l->n_recent;
    store_thread(t, room, h);
    *h = (struct thread){.root = l->recent[from]};
    follow(h, l->recent_sender[from], 0);
    /* No second thread at the same message. */
    l->n_recent--;
    l->recent[from] = l->recent[l->n_recent];
    l->recent_sender[from] = l->recent_sender[l->n_recent];
    return h;
}

void lively_before(struct talk *t, struct room *room, int64_t sender, int64_t at, struct talk_extra *extra)
{
    struct thread *h;

    if (room->lively == NULL) room->lively = tool_alloc(1, sizeof *room->lively);
    if (talk_once_in(t, EDITED)) extra->edited_at = at + CLOCK_SECOND;
    /* The first message of a room, and one after a thread began at each of the recent ones, is no reply. */
    if (room->lively->n_recent == 0 || !talk_once_in(t, REPLY)) return;
    h = pick_thread(t, room);
    extra->root = h->root;
    extra->root_no = ++h->last_no;
    h->last_seq = room->last_seq + 1;
    h->last_at = at;
    replied(h, sender);
    follow(h, sender, h->last_no);
}

/* A row of the room's feed about the message `target`. */
static void event(struct talk *t, struct room *room, const char *kind, int64_t actor, int64_t at, int64_t target, const char *value, const char *word)
{
    struct buf line = BUF_INIT;
    char when[CLOCK_RFC3339_SIZE];

    clock_rfc3339(at, when);
    buf_fmt(&line, "%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%s\t%" PRId64 "\t%s\t%" PRId64 "\t%s\t%s\n", room->id, ++room->last_seq, t->tenant, when, actor, kind,
            target, value, word);
    talk_row(t, TALK_EVENT, &line);
    buf_free(&line);
}

static void react(struct talk *t, struct room *room, int64_t at, int64_t seq)
{
    static const char *const emoji[] = {"\U0001F44D", "\u2764\uFE0F", "\U0001F602", "\U0001F389", "\U0001F440", "\U0001F680"};
    size_t n = 1 + talk_zipf(t, 6), first = talk_draw(t) % room->n_members, kind = talk_zipf(t, 6);
    struct buf line = BUF_INIT;
    char when[CLOCK_RFC3339_SIZE];

    clock_rfc3339(at, when);
    for (size_t i = 0; i < n && i < room->n_members; i++) {
        int64_t who = room->members[(first + i) % room->n_members];

        if (talk_once_in(t, 3)) kind = talk_zipf(t, 6);
        buf_fmt(&line, "%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%s\t%s\n", room->id, seq, t->tenant, who, emoji[kind], when);
        talk_row(t, TALK_REACTION, &line);
        event(t, room, "reaction_added", who, at, seq, "\\N", emoji[kind]);
    }
    buf_free(&line);
}

static void mention(struct talk *t, struct room *room, int64_t who, int64_t sender, int64_t at, int64_t seq, int64_t root)
{
    struct buf line = BUF_INIT;
    char when[CLOCK_RFC3339_SIZE];

    clock_rfc3339(at, when);
    buf_fmt(&line, "%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t", who, room->id, seq, t->tenant, sender);
    if (root > 0) {
        buf_fmt(&line, "%" PRId64, root);
    } else {
        buf_str(&line, "\\N");
    }
    buf_fmt(&line, "\t%s\n", when);
    talk_row(t, TALK_MENTION, &line);
    buf_free(&line);
}

static void pin(struct talk *t, struct room *room, int64_t who, int64_t at, int64_t seq)
{
    struct buf line = BUF_INIT;
    char when[CLOCK_RFC3339_SIZE];

    clock_rfc3339(at, when);
    buf_fmt(&line, "%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%s\n", room->id, seq, t->tenant, who, when);
    talk_row(t, TALK_PIN, &line);
    event(t, room, "message_pinned", who, at, seq, "\\N", "\\N");
    room->lively->pins++;
    buf_free(&line);
}

void lively_after(struct talk *t, struct room *room, int64_t sender, int64_t at, const struct talk_extra *extra)
{
    struct lively_room *l = room->lively;
    int64_t seq = room->last_seq; /* the message; what follows has numbers of its own */
    size_t place;

    if (extra->root == 0) {
        place = l->n_recent < 8 ? l->n_recent++ : talk_draw(t) % 8;
        l->recent[place] = seq;
        l->recent_sender[place] = sender;
    }
    if (talk_once_in(t, MENTION)) mention(t, room, room->members[talk_draw(t) % room->n_members], sender, at, seq, extra->root);
    if (talk_once_in(t, ALL)) mention(t, room, 0, sender, at, seq, extra->root);
    if (extra->edited_at > 0) event(t, room, "message_edited", sender, extra->edited_at, seq, "0", "\\N");
    if (talk_once_in(t, REACTED)) react(t, room, at, seq);
    if (extra->root == 0 && l->pins < PINS_MOST && talk_once_in(t, PINNED)) pin(t, room, sender, at, seq);
}

void lively_end(struct talk *t, struct room *room)
{
    if (room->lively == NULL) return;
    for (size_t i = 0; i < OPEN_THREADS; i++) store_thread(t, room, &room->lively->open[i]);
    free(room->lively);
}
