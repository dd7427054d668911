/* confab-thumb: looks at an uploaded file, and makes a small picture of a large one.
 *
 * A handler starts it and gives it the file on standard input. It answers on standard output, with one
 * line and, if there is one, the thumbnail (WebP):
 *
 *     image/jpeg 4032 3024\n
 *     RIFF....
 *
 * the type as libmagic has it, width and height as they are shown (0 0 if it is no picture that we know).
 * This is the only program of Confab's that decodes pictures, and libmagic and the decoders have
 * had their holes: so it runs on its own, gives up all rights before it reads a byte (sandbox.h), and may
 * crash, hang or lie without harm. The handler bounds what it takes, and its time.
 */
#include "config.h"

#include <errno.h>
#include <gd.h>
#include <magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "image.h"

#include "sandbox.h"

enum {
    SNIFFED = 65536,             /* bytes that libmagic sees */
    BYTES_MOST = 48 << 20,       /* of a picture that is decoded */
    PIXELS_MOST = 50 * 1000000,
    SIDE = 640,                  /* of a thumbnail */
    SMALL_BYTES = 128 << 10,     /* a picture of this size within SIDE needs no thumbnail */
    QUALITY = 80,
    SECONDS = 8,
};
#define MEMORY ((size_t)768 << 20)

static bool write_all(const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(STDOUT_FILENO, p, n);

        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

/* Reads on until `most` bytes are there or the input ends; *data grows. */
static bool read_up_to(char **data, size_t *n, size_t most)
{
    size_t cap = *n;

    while (*n < most) {
        ssize_t got;

        if (*n == cap) {
            char *more;

            cap = cap == 0 ? SNIFFED : cap * 2;
            if (cap > most) cap = most;
            more = realloc(*data, cap);
            if (more == NULL) return false;
            *data = more;
        }
        got = read(STDIN_FILENO, *data + *n, cap - *n);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return false;
        if (got == 0) return true;
        *n += (size_t)got;
    }
    return true;
}

static void silent(int priority, const char *format, va_list args)
{
    (void)priority, (void)format, (void)args;
}

static gdImagePtr decode(const struct image_head *head, char *data, size_t n)
{
    switch (head->kind) {
    case IMAGE_PNG: return gdImageCreateFromPngPtr((int)n, data);
    case IMAGE_JPEG: return gdImageCreateFromJpegPtrEx((int)n, data, 1);
    case IMAGE_GIF: return gdImageCreateFromGifPtr((int)n, data);
    case IMAGE_WEBP: return gdImageCreateFromWebpPtr((int)n, data);
    }
    return NULL;
}

static gdImagePtr canvas(int width, int height)
{
    gdImagePtr made = gdImageCreateTrueColor(width, height);

    if (made != NULL) {
        gdImageAlphaBlending(made, 0);
        gdImageSaveAlpha(made, 1);
    }
    return made;
}

/* Within SIDE by SIDE; never larger than it was. */
static gdImagePtr shrink(gdImagePtr image)
{
    int w = gdImageSX(image), h = gdImageSY(image), longer = w > h ? w : h;
    int to_w = longer <= SIDE ? w : (int)((int64_t)w * SIDE / longer), to_h = longer <= SIDE ? h : (int)((int64_t)h * SIDE / longer);
    gdImagePtr small = canvas(to_w > 0 ? to_w : 1, to_h > 0 ? to_h : 1);

    if (small != NULL) gdImageCopyResampled(small, image, 0, 0, 0, 0, gdImageSX(small), gdImageSY(small), w, h);
    return small;
}

/* As EXIF's orientation says that it is to be shown. Takes the image. */
static gdImagePtr upright(gdImagePtr image, int orientation)
{
    int w = gdImageSX(image), h = gdImageSY(image);
    bool turned = orientation >= 5;
    gdImagePtr out;

    if (orientation == 1) return image;
    out = canvas(turned ? h : w, turned ? w : h);
    for (int y = 0; out != NULL && y < h; y++) {
        for (int x = 0; x < w; x++) {
            bool right = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
            bool down = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
            int to_x = turned ? y : x, to_y = turned ? x : y;

            if (right) to_x = gdImageSX(out) - 1 - to_x;
            if (down) to_y = gdImageSY(out) - 1 - to_y;
            gdImageSetPixel(out, to_x, to_y, gdImageGetTrueColorPixel(image, x, y));
        }
    }
    gdImageDestroy(image);
    return out;
}

static void thumbnail(const struct image_head *head, char *data, size_t n)
{
    gdImagePtr image, small;
    void *webp = NULL;
    int size = 0;

    if (head->width <= SIDE && head->height <= SIDE && n <= SMALL_BYTES && head->orientation == 1) return;
    image = decode(head, data, n);
    /* A decoder that made something else of it than the head said: not ours to show. */
    if (image == NULL || gdImageSX(image) != head->width || gdImageSY(image) != head->height) return;
    small = shrink(image);
    gdImageDestroy(image);
    if (small != NULL) small = upright(small, head->orientation);
    if (small != NULL) webp = gdImageWebpPtrEx(small, &size, QUALITY);
    if (webp != NULL && size > 0) (void)write_all(webp, (size_t)size);
}

int main(void)
{
    magic_t magic = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS);
    struct image_head head;
    const char *type = NULL;
    char *data = NULL, line[160];
    bool picture;
    size_t n = 0;

    if (magic == NULL || magic_load(magic, NULL) != 0) {
        (void)fprintf(stderr, "confab-thumb: libmagic has no database\n");
        return 1;
    }
    gdSetErrorMethod(silent);
    if (!sandbox_enter(MEMORY, SECONDS)) {
        (void)fprintf(stderr, "confab-thumb: cannot give up its rights: %s\n", strerror(errno));
        return 1;
    }
    if (!read_up_to(&data, &n, SNIFFED)) return 1;
    type = magic_buffer(magic, data, n);
    /* The rest is read only of what may be a picture: the handler then need not send it. */
    picture = type != NULL && strncmp(type, "image/", 6) == 0;
    if (picture && !read_up_to(&data, &n, BYTES_MOST)) return 1;
    picture = picture && n < BYTES_MOST && image_look(slice_make(data, n), &head);
    (void)snprintf(line, sizeof line, "%.100s %d %d\n", type != NULL ? type : "application/octet-stream",
                   picture ? (head.orientation >= 5 ? head.height : head.width) : 0,
                   picture ? (head.orientation >= 5 ? head.width : head.height) : 0);
    if (!write_all(line, strlen(line))) return 1;
    if (picture && (int64_t)head.width * head.height <= PIXELS_MOST) thumbnail(&head, data, n);
    /* Not by exit(): nothing is worth tidying up, and who checks for leaks needs rights that we gave up. */
    _exit(0);
}
