#include "config.h" /* nftw */

#include "unit.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "filestore.h"

#define SEALED_CHUNK (STORE_CHUNK + CRYPTO_SEAL_OVERHEAD)

static struct keyring *keys;
static char *dir;

static int setup(void **state)
{
    (void)state;
    keys = ring_of_two();
    dir = scratch_make();
    return 0;
}

/* The folders that files lie in; the scratch folder itself stays. */
static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type;
    return at->level > 0 ? remove(path) : 0;
}

static int teardown(void **state)
{
    (void)state;
    keyring_free(keys);
    (void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    scratch_remove(dir);
    return 0;
}

static struct stored_id file_of(uint8_t first, int64_t size)
{
    struct stored_id id = {STORED_FILE, 7, {{0}}, size};

    memset(id.place.b, first, sizeof id.place.b);
    return id;
}

static char *path_of_file(const struct stored_id *id, const char *end)
{
    char name[80];
    int n = snprintf(name, sizeof name, "%02x/%02x/", id->place.b[0], id->place.b[1]);

    for (size_t i = 0; i < sizeof id->place.b; i++) n += snprintf(name + n, sizeof name - (size_t)n, "%02x", id->place.b[i]);
    (void)snprintf(name + n, sizeof name - (size_t)n, "%s", end);
    return scratch_path(dir, name);
}

/* Byte i of every file here: no two chunks are the same. */
static char byte_at(int64_t i)
{
    return (char)(i * 31 + i / STORE_CHUNK * 7);
}

static void fill_chunk(const struct stored_id *id, int64_t index, struct buf *b)
{
    size_t n = filestore_chunk_size(id, index);

    buf_clear(b);
    for (size_t i = 0; i < n; i++) buf_byte(b, byte_at(index * STORE_CHUNK + (int64_t)i));
}

static void write_whole(const struct stored_id *id)
{
    struct stored f = STORED_INIT;
    struct buf plain = BUF_INIT;

    assert_int_equal(filestore_create(dir, keys, id), STORE_OK);
    assert_int_equal(filestore_open(&f, dir, keys, id, true), STORE_OK);
    for (int64_t i = 0; i < filestore_chunks(id); i++) {
        fill_chunk(id, i, &plain);
        assert_int_equal(filestore_write(&f, i, buf_view(&plain)), STORE_OK);
    }
    filestore_close(&f);
    buf_free(&plain);
}

/* What a reader gets of a chunk; opened: its bytes must be right. */
static enum store_status read_back(const struct stored_id *id, int64_t index)
{
    struct stored f = STORED_INIT;
    struct buf got = BUF_INIT, want = BUF_INIT;
    enum store_status status = filestore_open(&f, dir, keys, id, false);

    if (status == STORE_OK) status = filestore_read(&f, index, &got);
    if (status == STORE_OK) {
        fill_chunk(id, index, &want);
        assert_true(slice_eq(buf_view(&got), buf_view(&want)));
    } else {
        assert_int_equal(got.len, 0);
    }
    filestore_close(&f);
    buf_free(&got);
    buf_free(&want);
    return status;
}

static void what_was_written_is_read_chunk_by_chunk(void **state)
{
    static const int64_t sizes[] = {1, 100, STORE_CHUNK - 1, STORE_CHUNK, STORE_CHUNK + 1, 3 * STORE_CHUNK, 3 * STORE_CHUNK + 5};

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct stored_id id = file_of((uint8_t)(i + 1), sizes[i]);
        struct stored f = STORED_INIT;
        int64_t offset;

        write_whole(&id);
        for (int64_t k = 0; k < filestore_chunks(&id); k++) assert_int_equal(read_back(&id, k), STORE_OK);
        assert_int_equal(read_back(&id, filestore_chunks(&id)), STORE_ABSENT);
        assert_int_equal(read_back(&id, -1), STORE_ABSENT);
        assert_int_equal(filestore_open(&f, dir, keys, &id, false), STORE_OK);
        assert_int_equal(filestore_offset(&f, &offset), STORE_OK);
        assert_int_equal(offset, sizes[i]);
        filestore_close(&f);
    }
}

static void the_file_on_disk_is_its_owners_alone_and_shows_nothing(void **state)
{
    struct stored_id id = file_of(0x21, 2 * STORE_CHUNK);
    char *path = path_of_file(&id, "");
    struct stat st;

    (void)state;
    write_whole(&id);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, STORE_HEADER + 2 * SEALED_CHUNK);
    free(path);
}

/* Rewrites n bytes of the file, or cuts it there (n < 0). */
static void spoil(const struct stored_id *id, off_t at, int n)
{
    char *path = path_of_file(id, "");
    FILE *f = fopen(path, "r+b");

    assert_non_null(f);
    if (n < 0) {
        assert_int_equal(ftruncate(fileno(f), at), 0);
    } else {
        for (int i = 0; i < n; i++) {
            int c;

            assert_int_equal(fseeko(f, at + i, SEEK_SET), 0);
            c = fgetc(f);
            assert_int_equal(fseeko(f, at + i, SEEK_SET), 0);
            assert_int_not_equal(fputc(c ^ 1, f), EOF);
        }
    }
    assert_int_equal(fclose(f), 0);
    free(path);
}

static void any_changed_byte_of_a_chunk_damages_it_and_no_other(void **state)
{
    struct stored_id id = file_of(0x31, 3 * STORE_CHUNK);
    static const off_t places[] = {0, 5, 23, 24, 1000, STORE_CHUNK + 23, SEALED_CHUNK - 1};

    (void)state;
    write_whole(&id);
    for (size_t i = 0; i < COUNT(places); i++) {
        off_t at = STORE_HEADER + SEALED_CHUNK + places[i];

        spoil(&id, at, 1);
        assert_int_equal(read_back(&id, 1), STORE_DAMAGED);
        assert_int_equal(read_back(&id, 0), STORE_OK);
        assert_int_equal(read_back(&id, 2), STORE_OK);
        spoil(&id, at, 1);
        assert_int_equal(read_back(&id, 1), STORE_OK);
    }
    spoil(&id, 0, 1);
    assert_int_equal(read_back(&id, 0), STORE_DAMAGED);
    spoil(&id, 0, 1);
    /* Another key id: that key is there, but the chunk is not sealed with it. */
    spoil(&id, 11, 1);
    assert_int_not_equal(read_back(&id, 0), STORE_OK);
}

/* Copies a sealed chunk over another, within a file or from one to another. */
static void move_chunk(const struct stored_id *from, int64_t a, const struct stored_id *to, int64_t b)
{
    char *from_path = path_of_file(from, ""), *to_path = path_of_file(to, "");
    FILE *in = fopen(from_path, "rb"), *out = fopen(to_path, "r+b");
    char *bytes = malloc(SEALED_CHUNK);

    assert_true(in != NULL && out != NULL && bytes != NULL);
    assert_int_equal(fseeko(in, STORE_HEADER + a * SEALED_CHUNK, SEEK_SET), 0);
    assert_int_equal(fread(bytes, 1, SEALED_CHUNK, in), SEALED_CHUNK);
    assert_int_equal(fseeko(out, STORE_HEADER + b * SEALED_CHUNK, SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, 1, SEALED_CHUNK, out), SEALED_CHUNK);
    assert_int_equal(fclose(in), 0);
    assert_int_equal(fclose(out), 0);
    free(bytes);
    free(from_path);
    free(to_path);
}

static void chunks_cannot_change_places_or_files(void **state)
{
    struct stored_id one = file_of(0x41, 3 * STORE_CHUNK), two = file_of(0x42, 3 * STORE_CHUNK), other = one;

    (void)state;
    write_whole(&one);
    write_whole(&two);
    move_chunk(&one, 0, &one, 1);
    assert_int_equal(read_back(&one, 1), STORE_DAMAGED);
    move_chunk(&two, 0, &one, 0);
    assert_int_equal(read_back(&one, 0), STORE_DAMAGED);
    assert_int_equal(read_back(&one, 2), STORE_OK);
    /* The same bytes for another tenant. */
    other = two;
    other.tenant = 8;
    assert_int_equal(read_back(&other, 0), STORE_DAMAGED);
}

static void a_file_cannot_be_made_shorter_or_longer(void **state)
{
    struct stored_id id = file_of(0x51, 3 * STORE_CHUNK), shorter = id, longer = id;

    (void)state;
    write_whole(&id);
    shorter.size = 2 * STORE_CHUNK;
    assert_int_equal(read_back(&shorter, 0), STORE_OK);
    assert_int_equal(read_back(&shorter, 1), STORE_DAMAGED); /* it was not the last */
    longer.size = 4 * STORE_CHUNK;
    assert_int_equal(read_back(&longer, 2), STORE_DAMAGED); /* it was the last */
    assert_int_equal(read_back(&longer, 3), STORE_ABSENT);
    spoil(&id, STORE_HEADER + 2 * SEALED_CHUNK + 100, -1);
    assert_int_equal(read_back(&id, 2), STORE_ABSENT);
}

static void offset_is(const struct stored_id *id, int64_t want)
{
    struct stored f = STORED_INIT;
    int64_t offset = -1;

    assert_int_equal(filestore_open(&f, dir, keys, id, true), STORE_OK);
    assert_int_equal(filestore_offset(&f, &offset), STORE_OK);
    assert_int_equal(offset, want);
    filestore_close(&f);
}

static void an_upload_goes_on_behind_its_last_whole_chunk(void **state)
{
    struct stored_id id = file_of(0x61, 2 * STORE_CHUNK + 100);
    struct stored f = STORED_INIT;
    struct buf plain = BUF_INIT;

    (void)state;
    assert_int_equal(filestore_create(dir, keys, &id), STORE_OK);
    offset_is(&id, 0);
    assert_int_equal(filestore_open(&f, dir, keys, &id, true), STORE_OK);
    fill_chunk(&id, 0, &plain);
    assert_int_equal(filestore_write(&f, 0, buf_view(&plain)), STORE_OK);
    /* Only a chunk of its own size. */
    assert_int_equal(filestore_write(&f, 1, slice_make(plain.data, 5)), STORE_FAILED);
    filestore_close(&f);
    offset_is(&id, STORE_CHUNK);
    /* A torn write behind it, and one that left zeros. */
    write_whole(&id);
    spoil(&id, STORE_HEADER + SEALED_CHUNK + 7000, -1);
    offset_is(&id, STORE_CHUNK);
    spoil(&id, STORE_HEADER + 2 * SEALED_CHUNK, -1);
    offset_is(&id, STORE_CHUNK);
    write_whole(&id);
    offset_is(&id, id.size);
    spoil(&id, STORE_HEADER + 2 * SEALED_CHUNK + 50, 1);
    offset_is(&id, 2 * STORE_CHUNK);
    /* Making it again leaves what is there. */
    assert_int_equal(filestore_create(dir, keys, &id), STORE_OK);
    offset_is(&id, 2 * STORE_CHUNK);
    buf_free(&plain);
}

static void a_thumbnail_is_no_file_and_goes_with_its_file(void **state)
{
    struct stored_id id = file_of(0x71, STORE_CHUNK), small = id;
    struct stored f = STORED_INIT;
    struct buf plain = BUF_INIT, got = BUF_INIT;
    char *path = path_of_file(&id, ".t"), *file = path_of_file(&id, "");

    (void)state;
    write_whole(&id);
    small.kind = STORED_THUMBNAIL;
    fill_chunk(&small, 0, &plain);
    assert_int_equal(filestore_put(dir, keys, &small, buf_view(&plain)), STORE_OK);
    assert_int_equal(filestore_put(dir, keys, &small, buf_view(&plain)), STORE_OK);
    assert_int_equal(filestore_open(&f, dir, keys, &small, false), STORE_OK);
    assert_int_equal(filestore_read(&f, 0, &got), STORE_OK);
    assert_true(slice_eq(buf_view(&got), buf_view(&plain)));
    filestore_close(&f);
    /* One in the other's place does not open. */
    assert_int_equal(rename(path, file), 0);
    assert_int_equal(read_back(&id, 0), STORE_DAMAGED);
    assert_int_equal(filestore_put(dir, keys, &small, buf_view(&plain)), STORE_OK);
    assert_int_equal(filestore_remove(dir, &id.place), STORE_OK);
    assert_int_equal(access(path, F_OK) | access(file, F_OK), -1);
    assert_int_equal(filestore_remove(dir, &id.place), STORE_OK);
    assert_int_equal(read_back(&id, 0), STORE_ABSENT);
    buf_free(&plain);
    buf_free(&got);
    free(path);
    free(file);
}

static void what_is_wrong_with_the_folder_is_said(void **state)
{
    char *missing = scratch_path(dir, "missing");
    struct stored_id id = file_of(0x81, 5);

    (void)state;
    assert_null(filestore_complaint(dir));
    assert_non_null(filestore_complaint("relative"));
    assert_non_null(filestore_complaint(missing));
    assert_int_equal(filestore_create(missing, keys, &id), STORE_FAILED);
    assert_int_equal(chmod(dir, 0755), 0);
    assert_non_null(filestore_complaint(dir));
    assert_int_equal(chmod(dir, 0700), 0);
    free(missing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_chunk_by_chunk),
        cmocka_unit_test(the_file_on_disk_is_its_owners_alone_and_shows_nothing),
        cmocka_unit_test(any_changed_byte_of_a_chunk_damages_it_and_no_other),
        cmocka_unit_test(chunks_cannot_change_places_or_files),
        cmocka_unit_test(a_file_cannot_be_made_shorter_or_longer),
        cmocka_unit_test(an_upload_goes_on_behind_its_last_whole_chunk),
        cmocka_unit_test(a_thumbnail_is_no_file_and_goes_with_its_file),
        cmocka_unit_test(what_is_wrong_with_the_folder_is_said),
    };

    if (!crypto_start()) return 1;
    return cmocka_run_group_tests(tests, setup, teardown);
}
