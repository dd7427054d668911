// A database that lost what was committed, under a pusher that runs on: who hears which room is then
// what the database says now, not what the lost rows said.
import fs from 'node:fs';
import path from 'node:path';
import { openStream } from '../harness/client/streams.mjs';
import { Poll } from '../harness/client/poll.mjs';
import { copyCluster } from '../harness/postgres.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { until } from '../harness/until.mjs';

const its = suite({ accounts: ['ada', 'bob'] });

test('after a data folder was put back, streams hear the rooms that the account is in now', async () => {
  const { stack } = its;
  const { postgres } = stack;
  const ada = await stack.signIn('ada');
  const [stays, back, gone] = await Promise.all(['Stays', 'Back', 'Gone'].map((name) => ada.room(name)));
  const bob = await stack.signIn('bob');
  for (const room of [stays, back]) await ada.post(`/api/rooms/${room.id}/members`, { people: [bob.me.id] });
  const aside = `${postgres.data}-aside`;
  await postgres.stop();
  copyCluster(postgres.data, aside);
  await postgres.start();
  await stack.back();
  // A poll is held all the while: its client is known between two polls, and the account with it.
  const held = new Poll(bob, { wait: 20000 });
  await until('the poll to be held', () => held.polls > 0 || held.events.length > 0);
  await ada.call('DELETE', `/api/rooms/${back.id}/members/${bob.me.id}`);
  await ada.post(`/api/rooms/${gone.id}/members`, { people: [bob.me.id] });
  await until('the poll to have heard it', () => held.events.some((e) => e.event === 'room_added'));
  await postgres.stop();
  for (const name of fs.readdirSync(postgres.data)) fs.rmSync(path.join(postgres.data, name), { recursive: true });
  copyCluster(`${aside}/.`, postgres.data);
  await postgres.start();
  await until('the pusher to have noticed', () => /sent back to resume/.test(stack.tails()), { every: 50 });
  await stack.back();

  const stream = await openStream('ws', bob);
  await ada.send(back.id, 'he is in it');
  await ada.send(gone.id, 'he is not');
  await ada.send(stays.id, 'the end');
  await stream.message('the end');
  assert.deepEqual(stream.texts(back.id), ['he is in it'], 'a room that he is in is not heard');
  assert.deepEqual(stream.texts(gone.id), [], 'a room that he is not in is heard');
  await stream.close();
  held.drop();
});

test('after `confabctl adopt` a pusher that was not restarted serves on, and everybody starts afresh', async () => {
  const { stack } = its;
  const [ada, bob] = await Promise.all(['ada', 'bob'].map((h) => stack.signIn(h)));
  const room = await ada.room('Adopted', { people: [bob] });
  const { cursor } = await bob.sync();
  const before = await openStream('sse', bob, { cursor });
  stack.ctl(['adopt']);
  await before.closed;
  const stream = await openStream('ws', bob, { cursor });
  assert.equal(stream.hello.verdict, 'reset');
  await ada.send(room.id, 'goes on');
  await stream.message('goes on');
  await stream.close();
});
