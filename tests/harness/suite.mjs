/**
 * A test file with a stack of its own:
 *
 *     import { suite, test, assert } from '../harness/suite.mjs';
 *     const its = suite({ accounts: ['ada', 'bob'] });
 *     test('a message has ...', async () => { const ada = await its.stack.signIn('ada'); ... });
 *
 * The stack starts before the first test and stops after the last. A test that fails shows the logs of
 * its servers; the last test of each file ("every server ran and ended cleanly") fails on a sanitizer's
 * report in any log, on a server that ended by itself, and on processes left behind.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test as nodeTest } from 'node:test';
import { TOP } from './paths.mjs';
import { startStack } from './stack.mjs';

export { assert };

/** The stacks of this file. @type {import('./stack.mjs').Stack[]} */
const live = [];

/**
 * One promise of the product. @param {string} name @param {() => unknown} fn @param {{timeout?: number}} [options]
 */
export function test(name, fn, { timeout = 120000 } = {}) {
  // Many files at once: ./run-tests wants to know which one speaks.
  const shown = process.env.CONFAB_COUNTS ? `${path.relative(TOP, process.argv[1])}: ${name}` : name;
  nodeTest(shown, { timeout }, async () => {
    const since = live.map((stack) => ({ stack, at: stack.marks() }));
    try {
      await fn();
    } catch (error) {
      for (const { stack, at } of since) console.error(`\n===== "${name}" failed; what its servers wrote meanwhile:\n${stack.tails(at)}\n`);
      throw error;
    }
  });
}

/**
 * @param {import('./stack.mjs').StackOptions} [options]
 * @param {(stack: import('./stack.mjs').Stack) => unknown} [prepare] runs once the stack is up
 * @returns {{stack: import('./stack.mjs').Stack}} its stack is there once the tests run
 */
export function suite(options = {}, prepare) {
  /** @type {{stack: any}} */
  const its = { stack: undefined };
  before(
    async () => {
      its.stack = await startStack(options);
      live.push(its.stack);
      try {
        await prepare?.(its.stack);
      } catch (error) {
        console.error(its.stack.tails());
        throw error;
      }
    },
    { timeout: 180000 },
  );
  after(
    async () => {
      if (!its.stack) return;
      const text = its.stack.tails();
      const complaints = await its.stack.stop();
      if (complaints.length > 0) {
        console.error(text);
        assert.fail(`the servers did not run and end cleanly:\n${complaints.join('\n')}`);
      }
    },
    { timeout: 120000 },
  );
  return its;
}
