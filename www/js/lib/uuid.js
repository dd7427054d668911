/** Ids made by the client. crypto.randomUUID is absent on plain http, getRandomValues is not. */

let lastMs = 0;
let counter = 0;

/** @param {Uint8Array} bytes */
function hex(bytes) {
    return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

/** @param {number} n */
function randomBytes(n) {
    return crypto.getRandomValues(new Uint8Array(n));
}

/**
 * A UUID version 7 (RFC 9562). Ids made within one millisecond still sort in order of making: the
 * twelve bits behind the time count up, and when they are used up the time is moved on by one.
 * @param {number} [now]
 */
export function uuid7(now = Date.now()) {
    const bytes = randomBytes(16);
    if (now > lastMs) {
        lastMs = now;
        counter = ((bytes[6] & 0x07) << 8) | bytes[7];
    } else if (++counter > 0xfff) {
        lastMs += 1;
        counter = 0;
    }
    const view = new DataView(bytes.buffer);
    view.setUint16(0, Math.floor(lastMs / 2 ** 32));
    view.setUint32(2, lastMs % 2 ** 32);
    view.setUint16(6, 0x7000 | counter);
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const s = hex(bytes);
    return `${s.slice(0, 8)}-${s.slice(8, 12)}-${s.slice(12, 16)}-${s.slice(16, 20)}-${s.slice(20)}`;
}

/** 128 random bits as 22 characters of base64url: the name of a stream. */
export function streamId() {
    const text = String.fromCharCode(...randomBytes(16));
    return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
