#include "token.h"

#include "crypto.h"

#include <inttypes.h>
#include <stdio.h>

enum { SECRET_SIZE = 32, SECRET_TEXT = 43 };

/* "c1.", the longest tenant, ".", the secret and a NUL. */
_Static_assert(3 + 19 + 1 + SECRET_TEXT + 1 <= TOKEN_MAX, "room for a token");

void token_make(int64_t tenant, char text[TOKEN_MAX], struct token *t)
{
    uint8_t secret[SECRET_SIZE];
    char digits[SECRET_TEXT + 1];
    struct buf b = BUF_INIT;
    int n;

    crypto_random(secret, sizeof secret);
    buf_base64url(&b, secret, sizeof secret);
    if (!buf_ok(&b)) {
        /* An empty text is a token that nothing accepts. */
        text[0] = '\0';
        n = 0;
    } else {
        memcpy(digits, b.data, SECRET_TEXT);
        digits[SECRET_TEXT] = '\0';
        n = snprintf(text, TOKEN_MAX, "c1.%" PRId64 ".%s", tenant, digits);
    }
    t->tenant = tenant;
    crypto_digest(slice_make(text, (size_t)n), t->hash);
    crypto_wipe(secret, sizeof secret);
    crypto_wipe(digits, sizeof digits);
    buf_wipe(&b);
}

bool token_parse(struct slice text, struct token *t)
{
    struct slice rest = text, version, tenant;
    uint8_t secret[SECRET_SIZE];
    int64_t id;
    size_t n;
    bool ok;

    if (text.n >= TOKEN_MAX) return false;
    if (!slice_cut(&rest, '.', &version) || !slice_eq(version, SLICE("c1"))) return false;
    if (!slice_cut(&rest, '.', &tenant) || !slice_id(tenant, &id)) return false;
    ok = rest.n == SECRET_TEXT && base64url_decode(rest, secret, sizeof secret, &n);
    crypto_wipe(secret, sizeof secret);
    if (!ok) return false;
    t->tenant = id;
    crypto_digest(text, t->hash);
    return true;
}

struct slice cookie_get(struct slice header, struct slice name)
{
    struct slice pair;

    while (slice_cut(&header, ';', &pair)) {
        const char *equals = pair.n > 0 ? memchr(pair.p, '=', pair.n) : NULL;
        size_t before;

        if (equals == NULL) continue;
        before = (size_t)(equals - pair.p);
        if (slice_eq(slice_trim(slice_make(pair.p, before)), name)) {
            return slice_trim(slice_make(equals + 1, pair.n - before - 1));
        }
    }
    return SLICE_NULL;
}

bool token_from_headers(struct slice authorization, struct slice cookie, struct token *t, bool *by_cookie)
{
    static const char *const names[] = {"__Host-confab", "confab"};
    struct slice bearer = slice_trim(authorization);

    *by_cookie = false;
    /* Another scheme (a proxy's own Basic, say) is none of our business; a bad bearer token is
     * refused and never made good by a cookie. */
    if (slice_starts_nocase(bearer, SLICE("Bearer ")) || slice_eq_nocase(bearer, SLICE("Bearer"))) {
        size_t word = strlen("Bearer");

        return token_parse(slice_trim(slice_make(bearer.p + word, bearer.n - word)), t);
    }
    *by_cookie = true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct slice text = cookie_get(cookie, slice_str(names[i]));

        /* The first that is there decides: a neighbouring host can plant the plain name, and must
         * not get a turn because the guarded one is bad. */
        if (text.p != NULL) return token_parse(text, t);
    }
    return false;
}
