/* fill - fills a fresh database with people, sessions and rooms.
 *
 *     fill --database CONNINFO --key-file FILE --tenant SLUG --prefix NAME --accounts N
 *          [--rooms-each N --room-size N] [--big] --out FILE
 *
 * Accounts NAME0, NAME1, ... with a session each, of which the token is written to FILE (see people.h);
 * each in so many rooms of that size, so that N x rooms-each / room-size rooms come to be; with
 * --big, one more room with all. It writes as a superuser, in a few large statements and one transaction,
 * yet leaves what account_create() and room_create() would have left: feeds with their counters, the
 * events that made them so, sealed names, memberships. Not for a database that anybody needs.
 */
#include "config.h"

#include "crypto.h"
#include "fill.h"
#include "tool.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { OPT_DATABASE = 1000, OPT_KEY, OPT_TENANT, OPT_PREFIX, OPT_ACCOUNTS, OPT_EACH, OPT_SIZE, OPT_BIG, OPT_OUT };

static size_t fill_gcd(size_t a, size_t b)
{
    size_t t;

    while (b) {
        t = a % b;
        a = b;
        b = t;
    }
    return a;
}

/* Layer 0 puts neighbours into one room; each further layer shuffles the accounts by a factor that has no
 * divisor in common with their number, so that people meet others there. The factors are multiples of a
 * constant that spreads well (Knuth's for hashing). */
static void fill_layer(struct fill *f, size_t layer)
{
    size_t per_layer = f->accounts / f->room_size, factor = 1, i, place;

    if (layer > 0)
        for (factor = (UINT64_C(2654435761) * layer % f->accounts) | 1; fill_gcd(factor, f->accounts) != 1; factor += 2) {
        }
    for (i = 0; i < f->accounts; i++) {
        place = i * factor % f->accounts;
        f->member[i * f->rooms_each + layer] = layer * per_layer + place / f->room_size;
    }
}

static void fill_plan(struct fill *f)
{
    size_t layer;

    if (f->rooms_each && (f->room_size == 0 || f->accounts % f->room_size != 0)) tool_die("--accounts must be a multiple of --room-size");
    f->rooms = f->rooms_each ? f->accounts / f->room_size * f->rooms_each : 0;
    f->member = tool_alloc(f->accounts * f->rooms_each, sizeof *f->member);
    for (layer = 0; layer < f->rooms_each; layer++) fill_layer(f, layer);
}

static void fill_option(struct fill *f, int option, char *value)
{
    char why[256];

    switch (option) {
    case OPT_DATABASE: f->database = value; break;
    case OPT_KEY:
        f->keys = keyring_load(value, why, sizeof why);
        if (!f->keys) tool_die("%s", why);
        break;
    case OPT_TENANT: f->tenant_slug = value; break;
    case OPT_PREFIX: f->prefix = value; break;
    case OPT_ACCOUNTS: f->accounts = (size_t)tool_number(value, "--accounts", 1, 1000000); break;
    case OPT_EACH: f->rooms_each = (size_t)tool_number(value, "--rooms-each", 0, 1000); break;
    case OPT_SIZE: f->room_size = (size_t)tool_number(value, "--room-size", 1, 1000000); break;
    case OPT_BIG: f->big = true; break;
    case OPT_OUT: f->out = value; break;
    default: tool_die("see the head of bench/fill.c for the options");
    }
}

static void fill_write(const struct fill *f)
{
    FILE *out = fopen(f->out, "we");
    size_t i, k;

    if (!out) tool_die("%s: %s", f->out, strerror(errno));
    for (i = 0; i < f->accounts; i++) {
        fprintf(out, "%" PRId64 " %s %" PRId64 " ", f->account_id[i], f->token[i], f->big ? f->room_id[f->rooms] : 0);
        for (k = 0; k < f->rooms_each; k++) fprintf(out, "%s%" PRId64, k ? "," : "", f->room_id[f->member[i * f->rooms_each + k]]);
        fputs(f->rooms_each ? "\n" : "-\n", out);
    }
    if (fclose(out) != 0) tool_die("%s: %s", f->out, strerror(errno));
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"database", required_argument, NULL, OPT_DATABASE}, {"key-file", required_argument, NULL, OPT_KEY},
        {"tenant", required_argument, NULL, OPT_TENANT},     {"prefix", required_argument, NULL, OPT_PREFIX},
        {"accounts", required_argument, NULL, OPT_ACCOUNTS}, {"rooms-each", required_argument, NULL, OPT_EACH},
        {"room-size", required_argument, NULL, OPT_SIZE},    {"big", no_argument, NULL, OPT_BIG},
        {"out", required_argument, NULL, OPT_OUT},           {NULL, 0, NULL, 0}};
    struct fill f = {.room_size = 0};
    int option;

    tool_start("fill");
    if (!crypto_start()) tool_die("libsodium does not start");
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) fill_option(&f, option, optarg);
    if (!f.database || !f.keys || !f.tenant_slug || !f.prefix || !f.accounts || !f.out)
        tool_die("--database, --key-file, --tenant, --prefix, --accounts and --out are needed");
    fill_plan(&f);
    fill_store(&f);
    fill_write(&f);
    printf("filled accounts=%zu rooms=%zu memberships=%zu\n", f.accounts, f.rooms + f.big, f.accounts * (f.rooms_each + f.big));
    keyring_free(f.keys);
    fill_free(&f);
    return 0;
}
