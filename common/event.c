#include "event.h"

static const struct event_kind kinds[] = {
#define EVENT(n, f, s, t, v, w, x, e) \
    {.name = #n, .feed = EVENT_FEED_##f, .subject = s, .target = t, .value = v, .word = w, .extra = EVENT_EXTRA_##x, .effect = EVENT_EFFECT_##e},
#include "event.def"
#undef EVENT
};

const struct event_kind *event_kind_find(struct slice name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (slice_eq(name, slice_str(kinds[i].name)))
            return &kinds[i];
    return NULL;
}
