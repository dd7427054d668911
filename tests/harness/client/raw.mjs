/** Bytes as a test wants them, for what no proper client would send. */
import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';
import { until, within } from '../until.mjs';

export class Raw {
  /** @param {{port?: number, path?: string}} target a TCP port of this host, or a Unix socket */
  constructor(target) {
    this.socket = target.path ? net.connect(target.path) : net.connect(target.port ?? 0, '127.0.0.1');
    this.data = Buffer.alloc(0);
    this.ended = false;
    this.closed = new Promise((resolve) => {
      this.socket.on('close', () => {
        this.ended = true;
        resolve(undefined);
      });
    });
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk) => (this.data = Buffer.concat([this.data, chunk])));
  }

  /** @param {string | Buffer} bytes */
  write(bytes) {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
    return this;
  }

  get text() {
    return this.data.toString('latin1');
  }

  /** Waits for text that fits. @param {RegExp} pattern @param {number} [timeout] */
  async match(pattern, timeout = 8000) {
    await until(`${pattern} (got: ${JSON.stringify(this.text.slice(0, 400))})`, () => pattern.test(this.text), { timeout });
    return pattern.exec(this.text);
  }

  /** @param {number} [timeout] */
  ending(timeout = 8000) {
    return within('the connection to close', this.closed, timeout);
  }

  drop() {
    this.socket.destroy();
  }
}

/** One request as bytes, and all that comes back until the connection ends or is idle for a while. @param {{port?: number, path?: string}} target @param {string | Buffer} bytes @param {{idle?: number, timeout?: number}} [options] */
export async function exchange(target, bytes, { idle = 700, timeout = 8000 } = {}) {
  const raw = new Raw(target);
  raw.write(bytes);
  const end = Date.now() + timeout;
  let size = 0;
  let since = Date.now();
  while (!raw.ended && Date.now() < end) {
    if (raw.data.length !== size) {
      size = raw.data.length;
      since = Date.now();
    }
    if (size > 0 && Date.now() - since > idle) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const open = !raw.ended;
  raw.drop();
  const statuses = [...raw.text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map((m) => Number(m[1]));
  return { text: raw.text, statuses, open };
}

export const OP = { CONTINUE: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 };

/**
 * A WebSocket frame from a client (RFC 6455 section 5.2), proper or not.
 * @param {number} opcode @param {string | Buffer} payload
 * @param {{fin?: boolean, mask?: boolean, rsv?: number, length?: number}} [options] length: what the header claims
 */
export function frame(opcode, payload, { fin = true, mask = true, rsv = 0, length } = {}) {
  const body = Buffer.from(payload);
  const n = length ?? body.length;
  const head = [(fin ? 0x80 : 0) | (rsv << 4) | opcode];
  const bit = mask ? 0x80 : 0;
  if (n < 126) head.push(bit | n);
  else if (n < 65536) head.push(bit | 126, n >> 8, n & 255);
  else {
    const long = Buffer.alloc(8);
    long.writeBigUInt64BE(BigInt(n));
    head.push(bit | 127, ...long);
  }
  if (!mask) return Buffer.concat([Buffer.from(head), body]);
  const key = randomBytes(4);
  return Buffer.concat([Buffer.from(head), key, Buffer.from(body.map((b, i) => b ^ key[i & 3]))]);
}

/** Frames from the server in a buffer, and how many bytes they take. @param {Buffer} data */
export function parseFrames(data) {
  const frames = [];
  let at = 0;
  while (data.length - at >= 2) {
    let length = data[at + 1] & 127;
    let head = 2;
    if (length === 126) {
      if (data.length - at < 4) break;
      length = data.readUInt16BE(at + 2);
      head = 4;
    } else if (length === 127) {
      if (data.length - at < 10) break;
      length = Number(data.readBigUInt64BE(at + 2));
      head = 10;
    }
    if (data.length - at < head + length) break;
    const masked = (data[at + 1] & 128) !== 0;
    frames.push({ opcode: data[at] & 15, fin: (data[at] & 128) !== 0, rsv: (data[at] >> 4) & 7, masked, payload: data.subarray(at + head, at + head + length) });
    at += head + length;
  }
  return frames;
}

/** A WebSocket of which the test writes every byte. */
export class RawWs extends Raw {
  #start = 0;

  /** Shakes hands and waits for the hello. @param {import('./api.mjs').Api} api @param {{port?: number, path?: string}} target @param {Record<string, string>} [headers] */
  static async open(api, target, headers = {}) {
    const raw = new RawWs(target);
    const key = randomBytes(16).toString('base64');
    const all = { Host: new URL(api.url).host, Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Key': key, 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Protocol': 'confab.v1', ...api.identity(), ...headers };
    const lines = Object.entries(all).map(([k, v]) => `${k}: ${v}\r\n`);
    raw.write(`GET /push/ws HTTP/1.1\r\n${lines.join('')}\r\n`);
    const head = await raw.match(/\r\n\r\n/);
    const text = raw.text.slice(0, (head?.index ?? 0) + 4);
    if (!/^HTTP\/1\.1 101 /.test(text)) throw new Error(`no upgrade: ${text}`);
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    if (!new RegExp(`^sec-websocket-accept: ${accept.replace(/[+/]/g, '\\$&')}\r$`, 'im').test(text)) throw new Error(`wrong Sec-WebSocket-Accept: ${text}`);
    raw.head = text;
    raw.#start = text.length;
    await raw.event('hello');
    return raw;
  }

  head = '';

  get frames() {
    return parseFrames(this.data.subarray(this.#start));
  }

  get events() {
    return this.frames.filter((f) => f.opcode === OP.TEXT).map((f) => JSON.parse(f.payload.toString()));
  }

  /** @param {string} name @param {number} [timeout] */
  event(name, timeout = 8000) {
    return until(`the event ${name}`, () => this.events.find((e) => e.event === name), { timeout });
  }

  /** The code of the server's close frame. @param {number} [timeout] */
  async closeCode(timeout = 8000) {
    const close = await until('a close frame', () => this.frames.find((f) => f.opcode === OP.CLOSE), { timeout });
    return close.payload.length >= 2 ? close.payload.readUInt16BE(0) : 1005;
  }
}
