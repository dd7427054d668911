#include "crypto.h"

#include "keyring_private.h"

#include <sodium.h>

enum {
    NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    SUBKEY_SIZE = 32,
    AD_SIZE = 1 + 8 + 8 + 8 + 16 + 4,
};

_Static_assert(NONCE_SIZE + TAG_SIZE == CRYPTO_SEAL_OVERHEAD, "overhead of a sealed text");
_Static_assert(SUBKEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "size of a content key");
_Static_assert(SUBKEY_SIZE >= crypto_generichash_KEYBYTES_MIN && SUBKEY_SIZE <= crypto_generichash_KEYBYTES_MAX,
               "size of a MAC key");
_Static_assert(CRYPTO_BLIND_KEY == SUBKEY_SIZE, "size of a search key");
_Static_assert(KEYRING_KEY_SIZE == crypto_kdf_KEYBYTES, "size of a master key");
_Static_assert(CRYPTO_MAC_SIZE <= crypto_generichash_BYTES_MAX, "size of a MAC");

/* A context each use: what crypto_kdf derives for one can never serve another. They are part of the
 * stored format; never change or reuse one. */
static const char context_content[crypto_kdf_CONTEXTBYTES + 1] = "cfcontnt";
static const char context_cursor[crypto_kdf_CONTEXTBYTES + 1] = "cfcursor";
static const char context_relay[crypto_kdf_CONTEXTBYTES + 1] = "cf_relay";
static const char context_search[crypto_kdf_CONTEXTBYTES + 1] = "cfsearch";

bool crypto_start(void)
{
    return sodium_init() >= 0;
}

/* subkey: to be wiped by the caller. */
static bool derive(const struct keyring *k, int32_t key_id, const char *context, uint64_t number, uint8_t subkey[SUBKEY_SIZE])
{
    const struct keyring_key *key = keyring_find(k, key_id);

    return key != NULL && crypto_kdf_derive_from_key(subkey, SUBKEY_SIZE, number, context, key->master) == 0;
}

static uint8_t *put_be(uint8_t *to, uint64_t v, unsigned size)
{
    for (unsigned i = size; i > 0; i--) {
        to[i - 1] = (uint8_t)v;
        v >>= 8;
    }
    return to + size;
}

static void ad_encode(const struct seal_ad *ad, uint8_t out[AD_SIZE])
{
    uint8_t *p = out;

    p = put_be(p, (uint64_t)ad->use, 1);
    p = put_be(p, (uint64_t)ad->tenant, 8);
    p = put_be(p, (uint64_t)ad->feed, 8);
    p = put_be(p, (uint64_t)ad->owner, 8);
    memcpy(p, ad->client_id, sizeof ad->client_id);
    p += sizeof ad->client_id;
    (void)put_be(p, (uint32_t)ad->version, 4);
}

bool crypto_seal(const struct keyring *k, int32_t key_id, const struct seal_ad *ad, struct slice plain, struct buf *out)
{
    uint8_t subkey[SUBKEY_SIZE], bound[AD_SIZE];
    unsigned char *to;
    unsigned long long made = 0;
    bool ok = false;

    if (!derive(k, key_id, context_content, (uint64_t)ad->tenant, subkey)) goto out;
    if (plain.n > SIZE_MAX - CRYPTO_SEAL_OVERHEAD) goto out;
    to = (unsigned char *)buf_reserve(out, plain.n + CRYPTO_SEAL_OVERHEAD);
    if (to == NULL) goto out;
    ad_encode(ad, bound);
    randombytes_buf(to, NONCE_SIZE);
    if (crypto_aead_xchacha20poly1305_ietf_encrypt(to + NONCE_SIZE, &made, (const unsigned char *)plain.p, plain.n,
                                                   bound, sizeof bound, NULL, to, subkey) != 0) {
        goto out;
    }
    out->len += NONCE_SIZE + (size_t)made;
    ok = true;
out:
    /* A caller that looks only at its buffer must not store an unsealed or empty row. */
    if (!ok) out->failed = true;
    sodium_memzero(subkey, sizeof subkey);
    return ok;
}

enum crypto_opened crypto_open(const struct keyring *k, int32_t key_id, const struct seal_ad *ad, struct slice sealed, struct buf *out)
{
    uint8_t subkey[SUBKEY_SIZE], bound[AD_SIZE];
    const unsigned char *in = (const unsigned char *)sealed.p;
    enum crypto_opened result = CRYPTO_NO_KEY;
    unsigned char *to;

    if (!derive(k, key_id, context_content, (uint64_t)ad->tenant, subkey)) goto out;
    result = CRYPTO_DAMAGED;
    if (sealed.n < CRYPTO_SEAL_OVERHEAD) goto out;
    ad_encode(ad, bound);
    /* Without memory `to` is NULL and the row is only verified: it is not damaged, and the failure
     * sticks in the buffer. */
    to = (unsigned char *)buf_reserve(out, sealed.n - CRYPTO_SEAL_OVERHEAD);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(to, NULL, NULL, in + NONCE_SIZE, sealed.n - NONCE_SIZE, bound,
                                                   sizeof bound, in, subkey) != 0) {
        goto out;
    }
    if (to != NULL) out->len += sealed.n - CRYPTO_SEAL_OVERHEAD;
    result = CRYPTO_OPENED;
out:
    sodium_memzero(subkey, sizeof subkey);
    return result;
}

bool crypto_mac(const struct keyring *k, int32_t key_id, enum mac_use use, struct slice data, uint8_t out[CRYPTO_MAC_SIZE])
{
    const char *context = use == MAC_CURSOR ? context_cursor : use == MAC_RELAY ? context_relay : NULL;
    uint8_t subkey[SUBKEY_SIZE];
    bool ok;

    ok = context != NULL && derive(k, key_id, context, 0, subkey) &&
         crypto_generichash(out, CRYPTO_MAC_SIZE, (const unsigned char *)data.p, data.n, subkey, sizeof subkey) == 0;
    sodium_memzero(subkey, sizeof subkey);
    return ok;
}

bool crypto_blind_key(const struct keyring *k, int32_t key_id, int64_t tenant, uint8_t key[CRYPTO_BLIND_KEY])
{
    return derive(k, key_id, context_search, (uint64_t)tenant, key);
}

void crypto_blind(const uint8_t key[CRYPTO_BLIND_KEY], struct slice text, uint8_t *out, size_t n)
{
    uint8_t hash[32];

    (void)crypto_generichash(hash, sizeof hash, (const unsigned char *)text.p, text.n, key, CRYPTO_BLIND_KEY);
    memcpy(out, hash, n < sizeof hash ? n : sizeof hash);
    sodium_memzero(hash, sizeof hash);
}

void crypto_random(void *out, size_t n)
{
    randombytes_buf(out, n);
}

void crypto_wipe(void *p, size_t n)
{
    sodium_memzero(p, n);
}

void crypto_digest(struct slice data, uint8_t out[32])
{
    (void)crypto_generichash(out, 32, (const unsigned char *)data.p, data.n, NULL, 0);
}
