/* event.h - the table of event kinds (event.def). Adding a kind is a row there. */
#ifndef CONFAB_EVENT_H
#define CONFAB_EVENT_H

#include "slice.h"

enum event_feed { EVENT_FEED_TENANT = 1, EVENT_FEED_ACCOUNT = 2, EVENT_FEED_ROOM = 3 };
enum event_extra { EVENT_EXTRA_NOTHING, EVENT_EXTRA_ROOM_NOW, EVENT_EXTRA_PERSON_NOW, EVENT_EXTRA_MESSAGE_NOW };
enum event_effect {
    EVENT_EFFECT_NOTHING,
    EVENT_EFFECT_SUBSCRIBE,
    EVENT_EFFECT_UNSUBSCRIBE,
    EVENT_EFFECT_END_SESSION,
    EVENT_EFFECT_END_ROOM,
    EVENT_EFFECT_CHECK_PERSON,
    EVENT_EFFECT_RECEIPT,
};

struct event_kind {
    const char *name;
    enum event_feed feed;
    const char *subject, *target, *value, *word;
    enum event_extra extra;
    enum event_effect effect;
};

/* NULL for a name that is not in the table. */
const struct event_kind *event_kind_find(struct slice name);

#endif
