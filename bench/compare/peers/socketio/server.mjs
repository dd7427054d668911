/**
 * A minimal honest chat on Socket.IO: who connects shows a token that PostgreSQL knows, what is sent is stored in
 * PostgreSQL by one statement that checks the membership, and only then goes to the room through the Postgres adapter. Who
 * returns with the id of the last message that he has gets what came since, as the tutorial of Socket.IO has it
 * (this adapter has no connection state recovery).
 *
 *     node server.mjs SOCKET POSTGRES_FOLDER
 */
import { createHash } from 'node:crypto';
import http from 'node:http';
import { createAdapter } from '@socket.io/postgres-adapter';
import pg from 'pg';
import { Server } from 'socket.io';

const [, , path, folder] = process.argv;
const pool = new pg.Pool({ host: folder, user: 'confab_admin', database: 'chat', max: 32 });
pool.on('error', (error) => console.error(error));

const SIGN_IN = {
  name: 'sign-in',
  text: 'SELECT s.account, array_agg(m.room::text) AS rooms FROM session s JOIN membership m USING (account) WHERE s.token_hash = $1 GROUP BY 1',
};
const STORE = {
  name: 'store',
  text: 'INSERT INTO message (room, sender, body) SELECT room, account, $3 FROM membership WHERE account = $1 AND room = $2 RETURNING id, at',
};
const MISSED = { name: 'missed', text: 'SELECT id, room::text, sender::text, at, body AS text FROM message WHERE room = ANY ($1) AND id > $2 ORDER BY id LIMIT 1000' };

const server = http.createServer();
const io = new Server(server, { transports: ['websocket', 'polling'], serveClient: false });
io.adapter(createAdapter(pool));

io.use(async (socket, next) => {
  const { token } = socket.handshake.auth;
  try {
    const found = await pool.query({ ...SIGN_IN, values: [createHash('sha256').update(String(token)).digest()] });
    if (found.rows.length === 0) return next(new Error('signed out'));
    Object.assign(socket.data, found.rows[0]);
    next();
  } catch (error) {
    next(error);
  }
});

/** Stores a message, tells the room, and then the sender. */
async function send(socket, { room, text }, acknowledge) {
  try {
    const stored = await pool.query({ ...STORE, values: [socket.data.account, room, text] });
    if (stored.rows.length === 0) return acknowledge({ ok: false, error: 'not a member' });
    const [{ id, at }] = stored.rows;
    io.to(String(room)).emit('message', { id, room: String(room), sender: socket.data.account, at, text });
    acknowledge({ ok: true, id });
  } catch (error) {
    acknowledge({ ok: false, error: 'unavailable' });
    console.error(error);
  }
}

io.on('connection', async (socket) => {
  const { after } = socket.handshake.auth;
  socket.on('send', (message, acknowledge) => send(socket, message, acknowledge));
  try {
    socket.join(socket.data.rooms);
    if (Number.isInteger(after)) {
      const missed = await pool.query({ ...MISSED, values: [socket.data.rooms, after] });
      for (const row of missed.rows) socket.emit('message', row);
    }
    socket.emit('hello');
  } catch (error) {
    console.error(error);
    socket.disconnect(true);
  }
});

server.listen({ path, backlog: 4096 });
