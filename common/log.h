/* log.h - one line an event, for a person and for grep.
 *
 *     log_warn("tail: database away", "error=%s retry_ms=%d", msg, ms);
 *     -> 2026-11-20T21:05:09.123Z warn confab-pushd[311] tail: database away error=... retry_ms=500
 *
 * Lines go to the sink: fd 2 by default, the file of `log_file`, or FastCGI's error stream.
 * Control characters in values are replaced, so that nobody forges a line. Secrets (passwords,
 * tokens, keys, message text) are never passed here.
 */
#ifndef CONFAB_LOG_H
#define CONFAB_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/* program: kept, not copied. path: NULL for fd 2; reopened by log_reopen (SIGHUP). */
void log_start(const char *program, enum log_level least, const char *path);
void log_reopen(void);
bool log_level_parse(const char *s, enum log_level *out);
/* Send lines somewhere else (FastCGI's error stream), without their newline; NULL restores the file. */
void log_sink(void (*write_line)(const char *line, void *arg), void *arg);

void log_line(enum log_level level, const char *what, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#define log_debug(what, ...) log_line(LOG_LEVEL_DEBUG, what, __VA_ARGS__)
#define log_info(what, ...) log_line(LOG_LEVEL_INFO, what, __VA_ARGS__)
#define log_warn(what, ...) log_line(LOG_LEVEL_WARN, what, __VA_ARGS__)
#define log_error(what, ...) log_line(LOG_LEVEL_ERROR, what, __VA_ARGS__)

#endif
