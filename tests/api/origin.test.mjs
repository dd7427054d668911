// Who may make a browser send requests here.
import { uuid7 } from '../harness/client/api.mjs';
import { passwordOf } from '../harness/stack.mjs';
import { assert, suite, test } from '../harness/suite.mjs';

const its = suite({ accounts: ['ada'], config: { origins: 'https://partner.example https://other.example:8443' } });
const patch = async (/** @type {Record<string, string>} */ headers) => {
  const ada = await its.stack.signIn('ada');
  return ada.call('PATCH', '/api/me', { body: { name: 'Ada' }, headers });
};

test('the own origin may, and so may who is no browser', async () => {
  assert.equal((await patch({})).status, 200);
  assert.equal((await patch({ Origin: its.stack.url })).status, 200);
  assert.equal((await patch({ Origin: its.stack.url, 'Sec-Fetch-Site': 'same-origin' })).status, 200);
  assert.equal((await patch({ 'Sec-Fetch-Site': 'same-origin' })).status, 200);
});

test('a foreign origin may not change anything, not even sign in', async () => {
  const port = its.stack.web.port;
  for (const Origin of ['https://evil.example', 'null', 'http://127.0.0.1', `https://127.0.0.1:${port}`, `http://127.0.0.1:${port}.evil.example`, `http://127.0.0.1:${port + 1}`, 'https://partner.example.evil', 'https://other.example', 'file://']) {
    const answer = await patch({ Origin });
    assert.deepEqual([answer.status, answer.body?.type], [403, '/problems/foreign-origin'], Origin);
  }
  for (const site of ['cross-site', 'same-site']) assert.equal((await patch({ 'Sec-Fetch-Site': site })).status, 403, site);
  const body = { handle: 'ada', password: passwordOf('ada') };
  await its.stack.api({ origin: 'https://evil.example' }).refused(403, 'foreign-origin', 'POST', '/api/session', { body });
  const ada = await its.stack.signIn('ada');
  await ada.refused(403, 'foreign-origin', 'POST', '/api/rooms', { body: { client_id: uuid7(), kind: 'group', name: 'x' }, headers: { Origin: 'https://evil.example' } });
  await ada.refused(403, 'foreign-origin', 'DELETE', '/api/session', { headers: { Origin: 'https://evil.example' } });
  assert.equal((await ada.call('GET', '/api/me')).status, 200);
});

test('origins that the operator lists may', async () => {
  for (const Origin of ['https://partner.example', 'https://other.example:8443']) assert.equal((await patch({ Origin })).status, 200, Origin);
});

test('a page of such an origin may read the answers as well, one of another may not', async () => {
  const ask = (/** @type {string} */ Origin) => its.stack.api().call('OPTIONS', '/api/session', { headers: { Origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type' } });
  const listed = await ask('https://partner.example');
  assert.equal(listed.headers['access-control-allow-origin'], 'https://partner.example');
  assert.equal(listed.headers['access-control-allow-credentials'], 'true');
  assert.match(String(listed.headers['access-control-allow-methods']), /POST/);
  assert.match(String(listed.headers['access-control-allow-headers']), /content-type/i);
  assert.match(String(listed.headers.vary), /origin/i);
  assert.equal((await ask('https://evil.example')).headers['access-control-allow-origin'], undefined);
  const ada = await its.stack.signIn('ada');
  const answer = await ada.call('GET', '/api/me', { headers: { Origin: 'https://partner.example' } });
  assert.equal(answer.headers['access-control-allow-origin'], 'https://partner.example');
});
