/* conf.h - the one config file of all programs.
 *
 * Lines of "name = value"; '#' begins a comment line; blanks around both are dropped. Every name is
 * a row of option.def; an unknown name, a repeated one or a value out of range is an error that
 * names file and line. Where the file is looked for: the --config argument (not under CGI), then
 * the environment's CONFAB_CONF, then the request's CONFAB_CONF parameter (FastCGI), then
 * SYSCONFDIR/confab/confab.conf.
 *
 *     struct conf *c = conf_load(path, err, sizeof err);
 *     c->message_max ... conf_free(c);
 *
 * The caller owns the conf; its strings live as long as it does. It is read-only once loaded.
 */
#ifndef CONFAB_CONF_H
#define CONFAB_CONF_H

#include "slice.h"

/* The words of a LIST option. */
struct conf_list {
    char **v;
    size_t n;
};

struct conf {
#define CONF_FIELD_TEXT char *
#define CONF_FIELD_INT int64_t
#define CONF_FIELD_BOOL bool
#define CONF_FIELD_LIST struct conf_list
#define OPTION(name, type, def, least, most, help) CONF_FIELD_##type name;
#include "option.def"
#undef OPTION
    char *path; /* the file it was read from */
};

/* Reads and checks; NULL with a sentence in err[errn] on failure. */
struct conf *conf_load(const char *path, char *err, size_t errn);
/* The same from memory (tests, fuzzing); `path` only names it in errors. */
struct conf *conf_parse(struct slice text, const char *path, char *err, size_t errn);
void conf_free(struct conf *c);
/* The path by the order above; request_value may be NULL. */
const char *conf_path(const char *arg, const char *request_value);
/* Prints every option with its default and help (confabctl options). */
void conf_print_options(void (*line)(const char *name, const char *type, const char *def, const char *help));

#endif
