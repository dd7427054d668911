/* token.h - session tokens: 256 random bits, of which the database knows only a hash.
 *
 *     c1.<tenant id>.<43 characters base64url>
 *
 * The tenant stands in it so that a lookup stays inside one tenant (row-level security); a forged
 * tenant only makes the lookup fail. Cookie name: "__Host-confab", or "confab" on http.
 */
#ifndef CONFAB_TOKEN_H
#define CONFAB_TOKEN_H

#include "buf.h"

#define TOKEN_MAX 80

struct token {
    int64_t tenant;
    uint8_t hash[32]; /* of the whole text; what the database stores */
};

/* Makes a token: its text (NUL-terminated; wipe it) and what to store. */
void token_make(int64_t tenant, char text[TOKEN_MAX], struct token *t);
bool token_parse(struct slice text, struct token *t);

/* The value of the first cookie of that name in a Cookie header (RFC 6265 section 5.4), or
 * SLICE_NULL. */
struct slice cookie_get(struct slice header, struct slice name);
/* The session token of a request: Authorization: Bearer, else the cookie __Host-confab, else the
 * cookie confab. by_cookie tells which (cookies need the origin check). */
bool token_from_headers(struct slice authorization, struct slice cookie, struct token *t, bool *by_cookie);

#endif
