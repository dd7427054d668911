/* signin.h - what signing in shares with the change of a password. */
#ifndef CONFAB_SIGNIN_H
#define CONFAB_SIGNIN_H

#include "call.h"

struct signin_try {
    int64_t account;  /* 0: no such account */
    const char *hash; /* of its password; in the arena */
};

/* Counts a try of this handle from the client's address, and stores that. False: too many tries (or
 * no database), the reply is decided. */
bool signin_try(struct call *c, int64_t tenant, struct slice handle, struct signin_try *out);

/* Sets the cookie that the request came with again, so that it lives as long as the session: for
 * calls that a browser makes whenever it loads the page. Does nothing for others. */
void signin_renew_cookie(struct call *c);
/* Takes the cookie away. */
void signin_clear_cookie(struct call *c);

#endif
