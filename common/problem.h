/* problem.h - the table of errors (problem.def) and its lookups. */
#ifndef CONFAB_PROBLEM_H
#define CONFAB_PROBLEM_H

#include "json.h"

enum problem {
    PROBLEM_NONE,
#define PROBLEM(name, status, sqlstate, title) PROBLEM_##name,
#include "problem.def"
#undef PROBLEM
    PROBLEM_COUNT
};

int problem_status(enum problem p);
const char *problem_title(enum problem p);
/* "signed-out" */
const char *problem_name(enum problem p);
/* PROBLEM_NONE when no row names that SQLSTATE. */
enum problem problem_from_sqlstate(const char *sqlstate);

/* A field error: which field, and a sentence for a person. */
struct problem_field {
    const char *field;
    const char *detail;
};
/* Writes the members type, title, status, detail (if not NULL) and errors (if n > 0) as one object. */
void problem_json(struct json *j, enum problem p, const char *detail, const struct problem_field *fields, size_t n);

#endif
