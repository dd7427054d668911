/* prefork.h - a service of its own: a socket and a number of worker processes on it.
 *
 *     return prefork_run("unix:/run/confab/api.sock", 0660, 4, config_arg);
 *
 * The parent serves nothing. It starts a worker again when one ends, later and later while they end
 * at once; SIGTERM or SIGINT lets all of them finish and ends with 0; SIGHUP (after checking the
 * configuration) replaces them one after another, so that new settings and keys apply and nobody is
 * refused meanwhile.
 */
#ifndef CONFAB_PREFORK_H
#define CONFAB_PREFORK_H

#define PREFORK_WORKERS_MOST 256

/* listen: unix:PATH or ADDRESS:PORT (port 0: the kernel chooses, the log tells). mode: of a Unix
 * socket. The exit code. */
int prefork_run(const char *listen, unsigned mode, int workers, const char *config_arg);

#endif
