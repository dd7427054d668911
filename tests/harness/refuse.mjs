/** A program that refuses to serve, and says why and what to do: by ending, or by answering 503. */
import assert from 'node:assert/strict';
import { until } from './until.mjs';

/**
 * Starts a stopped program that must refuse; it is down again afterwards.
 * @param {import('./stack.mjs').Stack} stack @param {import('./proc.mjs').Proc | undefined} proc
 * @param {RegExp} advice what it has to say
 */
export async function refuses(stack, proc, advice) {
  if (!proc) return;
  const before = stack.marks();
  await proc.launch();
  await until(`${proc.name} to say ${advice}`, () => advice.test(stack.tails(before)), { timeout: 15000 });
  if (proc === stack.pusher && proc.running) {
    const health = await stack.pushHealth().catch(() => undefined);
    assert.ok(!health || health.status === 503, 'the pusher serves all the same');
  }
  if (proc === stack.handlers && proc.running) {
    const headers = { Authorization: `Bearer c1.1001.${'A'.repeat(43)}` };
    const answer = await stack.api({ headers }).call('GET', '/api/me', { check: false });
    assert.ok(answer.status === 503, 'the handlers serve all the same');
  }
  await proc.kill();
  proc.complaints.length = 0;
}
