#include "crypto.h"

#include <sodium.h>

static bool hash_text(struct slice password, int64_t ops, int64_t memory_kib, char text[crypto_pwhash_STRBYTES])
{
    uint64_t bytes;

    if (ops < 1 || memory_kib < 8 || memory_kib > INT64_MAX / 1024) return false;
    bytes = (uint64_t)memory_kib * 1024;
    if ((uint64_t)ops > crypto_pwhash_OPSLIMIT_MAX || bytes > crypto_pwhash_MEMLIMIT_MAX) return false;
    return crypto_pwhash_str_alg(text, password.n > 0 ? password.p : "", password.n, (unsigned long long)ops,
                                 (size_t)bytes, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

bool password_hash(struct slice password, int64_t ops, int64_t memory_kib, struct buf *out)
{
    char text[crypto_pwhash_STRBYTES] = {0};

    if (!hash_text(password, ops, memory_kib, text)) return false;
    buf_str(out, text);
    return buf_ok(out);
}

bool password_verify(struct slice password, const char *hash)
{
    char text[crypto_pwhash_STRBYTES] = {0};
    size_t n = hash != NULL ? strlen(hash) : 0;

    if (n == 0 || n >= sizeof text) return false;
    memcpy(text, hash, n);
    return crypto_pwhash_str_verify(text, password.n > 0 ? password.p : "", password.n) == 0;
}

void password_waste(struct slice password, int64_t ops, int64_t memory_kib)
{
    char text[crypto_pwhash_STRBYTES] = {0};

    (void)hash_text(password, ops, memory_kib, text);
    sodium_memzero(text, sizeof text);
}
