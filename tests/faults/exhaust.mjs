/**
 * Guests that take all connections of a PostgreSQL server which it gives to others than superusers. They
 * speak just enough of its protocol to be let in (trust authentication) or refused.
 */
import net from 'node:net';
import path from 'node:path';

const PROTOCOL = 196608;
/** More than any server of ours lets in. */
const MOST = 200;

/** @param {Record<string, string>} parameters */
function startup(parameters) {
  const body = Buffer.from(`${Object.entries(parameters).flat().join('\0')}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + body.length, 0);
  head.writeInt32BE(PROTOCOL, 4);
  return Buffer.concat([head, body]);
}

/** What a server's messages come to, once they have come to something. @param {Buffer} bytes */
function verdictOf(bytes) {
  for (let at = 0; at + 5 <= bytes.length; at += 1 + bytes.readUInt32BE(at + 1)) {
    const end = at + 1 + bytes.readUInt32BE(at + 1);
    const type = String.fromCharCode(bytes[at]);
    if (type === 'Z') return { ready: true, error: '' };
    if (type === 'E' && end <= bytes.length) return { ready: false, error: bytes.toString('latin1', at + 5, end) };
  }
  return undefined;
}

/** @param {import('../harness/postgres.mjs').Postgres} postgres @param {string} role */
export async function fill(postgres, role) {
  /** @type {net.Socket[]} */
  const inside = [];
  const guests = {
    refused: 0,
    /** Takes what is left; returns when one is refused. */
    async more() {
      while (inside.length < MOST) if (!(await enter())) return;
    },
    leave() {
      for (const socket of inside) socket.destroy();
    },
  };

  /** @returns {Promise<boolean>} */
  function enter() {
    return new Promise((resolve) => {
      const socket = net.connect(path.join(postgres.socketDir, '.s.PGSQL.5432'));
      socket.on('connect', () => socket.write(startup({ user: role, database: 'confab', application_name: 'guest' })));
      let all = Buffer.alloc(0);
      socket.on('data', (bytes) => {
        all = Buffer.concat([all, bytes]);
        // Whether there is room is told after the authentication: with "ready", or with an error.
        const said = verdictOf(all);
        if (said === undefined) return;
        if (said.ready) inside.push(socket);
        else if (said.error.includes('53300')) guests.refused++;
        resolve(said.ready);
      });
      socket.on('error', () => resolve(false));
      socket.on('close', () => resolve(false));
    });
  }
  await guests.more();
  return guests;
}
