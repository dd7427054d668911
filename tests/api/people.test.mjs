// Profiles, and finding people.
import { assert, suite, test } from '../harness/suite.mjs';

const its = suite({ accounts: ['ada', 'bob', 'carol', 'dan.w', 'dan-z'] });
const handles = (/** @type {any} */ answer) => answer.people.map((/** @type {any} */ p) => p.handle);

test('my profile changes name and avatar, and others see it', async () => {
  const [ada, bob] = [await its.stack.signIn('ada'), await its.stack.signIn('bob')];
  const me = await ada.patch('/api/me', { name: '  Ada Lovelace  ', avatar: '🦊' });
  assert.equal(me.name, 'Ada Lovelace');
  assert.equal(me.avatar, '🦊');
  const seen = (await bob.get('/api/people', { ids: ada.me.id })).people;
  assert.deepEqual(seen, [{ id: ada.me.id, handle: 'ada', name: 'Ada Lovelace', avatar: '🦊', active: true }]);
  assert.equal((await ada.patch('/api/me', { avatar: '' })).avatar, '');
  assert.equal((await ada.get('/api/me')).name, 'Ada Lovelace');
});

test('an avatar is one emoji, however many code points that takes', async () => {
  const ada = await its.stack.signIn('ada');
  for (const good of ['🦊', '👩🏽‍🚀', '🏳️‍🌈', '🇫🇷', '❤️', '1️⃣', '👨‍👩‍👧‍👦']) assert.equal((await ada.patch('/api/me', { avatar: good })).avatar, good, good);
  for (const bad of ['x', '🦊🦊', '🦊x', ' ', '<b>', '\u200d', '🦊\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301']) {
    await ada.refused(422, 'invalid', 'PATCH', '/api/me', { body: { avatar: bad } });
  }
});

test('a name has 1 to 64 characters and nothing invisible in it', async () => {
  const ada = await its.stack.signIn('ada');
  for (const bad of ['', '   ', '\u200b\u200b', 'x'.repeat(65)]) {
    const refused = await ada.refused(422, 'invalid', 'PATCH', '/api/me', { body: { name: bad } });
    assert.equal(refused.errors[0].field, 'name');
  }
  assert.equal((await ada.patch('/api/me', { name: 'é'.repeat(64) })).name, 'é'.repeat(64));
  // Bidirectional overrides and line breaks would let one name pass for another.
  assert.equal((await ada.patch('/api/me', { name: 'A\u202eda\n\u200bL' })).name.replace(/ /g, ''), 'AdaL');
});

test('people are found by the beginning of the handle or any part of the name, in either case', async () => {
  const ada = await its.stack.signIn('ada');
  await ada.patch('/api/me', { name: 'Ada Lovelace' });
  assert.deepEqual(handles(await ada.get('/api/people', { q: 'DAN' })), ['dan-z', 'dan.w']);
  assert.deepEqual(handles(await ada.get('/api/people', { q: 'lovel' })), ['ada']);
  assert.deepEqual(handles(await ada.get('/api/people', { q: 'no such person' })), []);
  // A pattern's characters are characters.
  assert.deepEqual(handles(await ada.get('/api/people', { q: '%' })), []);
  assert.deepEqual(handles(await ada.get('/api/people', { q: '_' })), []);
});

test('a list of people comes in pages, each with the address of the next', async () => {
  const ada = await its.stack.signIn('ada');
  const seen = [];
  let path = '/api/people?limit=2';
  for (let page = 0; page < 10; page++) {
    const answer = await ada.call('GET', path);
    assert.equal(answer.status, 200);
    assert.ok(answer.body.people.length <= 2);
    seen.push(...handles(answer.body));
    const next = /<([^>]+)>; *rel="next"/.exec(String(answer.headers.link ?? ''))?.[1];
    if (!next) break;
    path = next;
  }
  assert.deepEqual(seen, ['ada', 'bob', 'carol', 'dan-z', 'dan.w'].sort());
});

test('a closed account is not found, yet its id still has a name', async () => {
  const ada = await its.stack.signIn('ada');
  const carol = await its.stack.signIn('carol');
  its.stack.ctl(['account', 'deactivate', 'main', 'carol']);
  assert.deepEqual(handles(await ada.get('/api/people', { q: 'carol' })), []);
  const [person] = (await ada.get('/api/people', { ids: carol.me.id })).people;
  assert.equal(person.handle, 'carol');
  assert.equal(person.active, false);
});

test('ids are asked for many at once; what is no id is refused', async () => {
  const [ada, bob] = [await its.stack.signIn('ada'), await its.stack.signIn('bob')];
  assert.deepEqual(handles(await ada.get('/api/people', { ids: `${ada.me.id},${bob.me.id},999999999` })).sort(), ['ada', 'bob']);
  await ada.refused(422, 'invalid', 'GET', '/api/people', { query: { ids: 'x' } });
  await ada.refused(422, 'invalid', 'GET', '/api/people', { query: { ids: Array.from({ length: 201 }, (_, i) => i + 1).join(',') } });
  await ada.refused(422, 'invalid', 'GET', '/api/people', { query: { limit: '0' } });
  await ada.refused(422, 'invalid', 'GET', '/api/people', { query: { limit: '201' } });
  await ada.refused(422, 'invalid', 'GET', '/api/people', { query: { colour: 'red' } });
});
