/* worker.h - the FastCGI loop: one request at a time from a listening socket, until told to stop.
 *
 *     worker_signals();                       // before anything that may be told to stop
 *     return worker_run(fd, config_arg, true);
 *
 * SIGTERM, SIGINT, SIGUSR1 and (under a web server's process manager) SIGHUP let the request in flight
 * finish; then the process exits with 0. A signal that comes while waiting ends the wait at once.
 */
#ifndef CONFAB_WORKER_H
#define CONFAB_WORKER_H

#include "dispatch.h"

/* Loads configuration and key and makes the api. NULL: err has a sentence for the operator.
 * request_value: the request's CONFAB_CONF, or NULL. */
struct api *worker_load(const char *config_arg, const char *request_value, char *err, size_t errn);

void worker_signals(void);
/* Serves until a signal; the exit code. config_arg may be NULL: then the environment or the first
 * request tells. stream_log: without a log file, lines that belong to a request go to the web server's
 * error log (a process that it started may have no other place for them), else to descriptor 2. */
int worker_run(int listen_fd, const char *config_arg, bool stream_log);

#endif
