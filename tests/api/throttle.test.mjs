// Guessing passwords is slow; signing in is not.
import { passwordOf } from '../harness/stack.mjs';
import { assert, suite, test } from '../harness/suite.mjs';
import { problem } from '../harness/client/api.mjs';

const its = suite({ accounts: ['ada', 'eve', 'fay'], config: { signin_burst: 4, signin_period_s: 2000 } });

/** @param {string} handle @param {string} password */
const attempt = (handle, password) => its.stack.api().call('POST', '/api/session', { body: { handle, password } });

test('tries at a password run out, per account and address, and the right one is refused too until then', async () => {
  const from = (/** @type {string} */ password) => attempt('eve', password);
  for (let i = 0; i < 4; i++) problem(await from(`guess-number-${i}`), 401, 'bad-credentials');
  const refused = await from(passwordOf('eve'));
  problem(refused, 429, 'too-many');
  const wait = Number(refused.headers['retry-after']);
  assert.ok(wait > 100 && wait <= 2000, `wait ${wait}`);
  assert.ok(refused.headers.ratelimit !== undefined || refused.headers['ratelimit-policy'] !== undefined);
  // Somebody else may still sign in from here.
  assert.equal((await attempt('fay', passwordOf('fay'))).status, 200);
});

test('a good sign-in costs no try', async () => {
  for (let round = 0; round < 2; round++) {
    problem(await attempt('fay', 'guess'), 401, 'bad-credentials');
    for (let i = 0; i < 3; i++) assert.equal((await attempt('fay', passwordOf('fay'))).status, 200);
  }
});

test('good sign-ins are no tries: a whole school may come in from one address', async () => {
  for (let i = 0; i < 50; i++) assert.equal((await attempt('ada', passwordOf('ada'))).status, 200, `sign-in ${i + 1}`);
});

test('guessing at many accounts from one address runs out as well', async () => {
  let refused = 0;
  for (let i = 0; i < 40 && refused === 0; i++) refused = (await attempt(`guess-${i}`, 'password-one')).status === 429 ? i : 0;
  assert.ok(refused > 0, 'forty accounts were tried from one address');
});
