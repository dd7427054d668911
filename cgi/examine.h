/* examine.h - what is in an uploaded file: its type, its size as a picture, a thumbnail.
 *
 *     struct findings found = FINDINGS_INIT;
 *     examine(&stored, &found);
 *     findings_free(&found);
 *
 * The looking is done by confab-thumb, a program of its own beside this one, which gets the plain bytes
 * through a socket and nothing else: neither the environment nor any open file. What it says is checked,
 * its time bounded. It never fails: what could not be looked at is application/octet-stream, which is
 * offered for saving and never shown.
 */
#ifndef CONFAB_EXAMINE_H
#define CONFAB_EXAMINE_H

#include "filestore.h"

#define FINDINGS_TYPE_MAX 100

struct findings {
    char type[FINDINGS_TYPE_MAX + 1];
    int32_t width, height; /* as shown; 0: no picture */
    struct buf thumbnail;  /* WebP; empty: none */
};
#define FINDINGS_INIT {.thumbnail = BUF_INIT}

void examine(struct stored *f, struct findings *found);
void findings_free(struct findings *f);
/* Takes the program's answer apart (examine does; apart for tests). */
void findings_read(struct slice answer, struct findings *found);

/* Where the program is: beside the one that runs. To be freed; NULL if that cannot be told. */
char *examine_program(void);

#endif
