/* dispatch.h - from a request to its answer.
 *
 *     struct api *api = api_new(conf, keys);
 *     struct io io = ...;
 *     dispatch(api, &io);          // one request; the answer is sent, io_end called
 *     api_free(api);
 *
 * The order of the checks is that of the answers that a client can get: path and method, body size,
 * identity, origin, media type, fields; the database is asked for the first time when all of these
 * are good. Afterwards nothing of the request is left: transaction, results, memory.
 */
#ifndef CONFAB_DISPATCH_H
#define CONFAB_DISPATCH_H

#include "call.h"

/* Takes conf and keys over. NULL without memory. */
struct api *api_new(struct conf *conf, struct keyring *keys);
void api_free(struct api *api);
/* At a start: is the database one that this program works with? If not, the log says what to do. One
 * that does not answer yet is waited for by the requests. */
bool api_check(struct api *api);

void dispatch(struct api *api, struct io *io);
/* An answer when there is no api: the configuration or the key is missing. */
void dispatch_broken(struct io *io);

#endif
