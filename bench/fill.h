/* fill.h - what `fill` is about to write, and the writing. */
#ifndef CONFAB_BENCH_FILL_H
#define CONFAB_BENCH_FILL_H

#include "crypto.h"

struct fill {
    const char *database, *tenant_slug, *prefix, *out;
    struct keyring *keys;
    size_t accounts, rooms_each, room_size;
    bool big;
    /* planned */
    size_t rooms;   /* without the big one, whose place is behind them */
    size_t *member; /* account i is in rooms member[i * rooms_each ...] */
    /* known once stored */
    int64_t tenant;
    int64_t *account_id, *room_id;
    char **token;
};

/* One transaction; ends the program on failure. Fills the last part. */
void fill_store(struct fill *f);
void fill_free(struct fill *f);

#endif
