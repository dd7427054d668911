/* io.h - where a request comes from and its answer goes: FastCGI's streams, or a CGI program's stdio.
 *
 *     struct io io = IO_CGI;                 // or io_fastcgi(&request)
 *     io_param(&io, "REQUEST_METHOD");
 *     io_read_body(&io, most, &body);
 *     io_write(&io, answer); io_end(&io);
 *
 * libfcgi's accept call does not do plain CGI, hence this layer. A body is read whole before anything
 * is answered: under Apache's mod_cgid a client gets no answer at all while its body is unread.
 *
 * The io owns nothing; the FastCGI request belongs to the accept loop. Parameters live until io_end.
 */
#ifndef CONFAB_IO_H
#define CONFAB_IO_H

#include "buf.h"

struct FCGX_Request;

struct io {
    struct FCGX_Request *fastcgi; /* NULL: plain CGI, on file descriptors 0 and 1 */
    bool ended;
};

#define IO_CGI {NULL, false}

struct io io_fastcgi(struct FCGX_Request *request);

/* A parameter of the request (CGI/1.1 names), or NULL. */
const char *io_param(const struct io *io, const char *name);

enum io_body {
    IO_BODY_WHOLE,
    IO_BODY_TOO_LARGE, /* more than `most`; what is left was read away, up to a bound */
    IO_BODY_CUT,       /* ended before its announced length: the client has gone, do not answer */
    IO_BODY_MALFORMED, /* CONTENT_LENGTH is not a number */
};
/* Reads the body of at most `most` bytes. Without CONTENT_LENGTH (a chunked body passed on as it
 * comes) it ends where the stream does. */
enum io_body io_read_body(struct io *io, size_t most, struct buf *out);

/* False once the other side has gone. */
bool io_write(struct io *io, struct slice s);
/* The answer is complete: the web server gets to know, whatever this process does next. Idempotent. */
void io_end(struct io *io);
/* One line (without newline) for the web server's error log: a sink for log_sink, arg is the io. */
void io_error_line(const char *line, void *io);

#endif
