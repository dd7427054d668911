/**
 * Holds real answers against docs/openapi.yaml: an answer whose path, method, status or content type
 * the document does not have, or whose body does not fit the schema, fails the test that got it.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { TOP } from './paths.mjs';

const require = createRequire(import.meta.url);
const FILE = path.join(TOP, 'docs/openapi.yaml');

/** @typedef {{template: string, pattern: RegExp, item: any, pointer: string}} Path */

const escape = (/** @type {string} */ s) => s.replace(/~/g, '~0').replace(/\//g, '~1');

class Contract {
  /** @type {Map<string, any>} */
  #compiled = new Map();

  /** @param {any} doc */
  constructor(doc) {
    const { Ajv2020 } = require('ajv/dist/2020');
    this.doc = doc;
    this.ajv = new Ajv2020({ strict: false, allErrors: true });
    require('ajv-formats').default(this.ajv);
    this.ajv.addSchema(doc, 'openapi');
    const base = new URL(doc.servers?.[0]?.url ?? '/', 'http://host').pathname.replace(/\/$/, '');
    /** @type {Path[]} */
    this.paths = Object.entries(doc.paths ?? {}).map(([template, item]) => ({
      template: base + template,
      pattern: new RegExp(`^${(base + template).replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`),
      item,
      pointer: `/paths/${escape(template)}`,
    }));
    // The path with the fewest parameters wins: /rooms/public before /rooms/{room}.
    this.paths.sort((a, b) => (a.template.match(/\{/g) ?? []).length - (b.template.match(/\{/g) ?? []).length);
  }

  /** Follows a $ref within the document. @param {any} node @param {string} pointer */
  #resolve(node, pointer) {
    while (node && typeof node.$ref === 'string') {
      pointer = node.$ref.replace(/^#/, '');
      node = pointer.split('/').slice(1).reduce((/** @type {any} */ at, /** @type {string} */ key) => at?.[key.replace(/~1/g, '/').replace(/~0/g, '~')], this.doc);
    }
    return { node, pointer };
  }

  /** @param {string} pointer of a schema */
  validator(pointer) {
    let validate = this.#compiled.get(pointer);
    if (!validate) {
      validate = this.ajv.compile({ $ref: `openapi#${encodeURI(pointer)}` });
      this.#compiled.set(pointer, validate);
    }
    return validate;
  }

  /** @param {string} method @param {string} target @param {{status: number, headers: any, text: string, body: any}} answer */
  check(method, target, answer) {
    const name = `${method} ${target} -> ${answer.status}`;
    const found = this.paths.find((p) => p.pattern.test(target));
    // HEAD is GET without its body, OPTIONS is for browsers; streams are PROTOCOL.md's.
    if (method === 'HEAD' || method === 'OPTIONS' || !target.startsWith('/api/')) return;
    // Addresses that do not exist are no part of the contract; their answers are problems all the same.
    if (!found || !found.item[method.toLowerCase()]) {
      assert.ok(answer.status >= 400, `${name}: openapi.yaml does not know this call`);
      return;
    }
    const responses = found.item[method.toLowerCase()].responses;
    const key = [String(answer.status), `${Math.floor(answer.status / 100)}XX`, 'default'].find((k) => k in responses);
    assert.ok(key, `${name}: openapi.yaml has no such status for ${found.template}`);
    const { node, pointer } = this.#resolve(responses[key], `${found.pointer}/${method.toLowerCase()}/responses/${escape(key)}`);
    assert.ok(node, `${name}: openapi.yaml refers to nothing for ${key}`);
    if (!node.content) {
      assert.equal(answer.text, '', `${name}: openapi.yaml says that there is no body`);
      return;
    }
    const type = String(answer.headers['content-type'] ?? '').split(';')[0].trim();
    if ('*/*' in node.content && answer.status < 300) return;
    assert.ok(type in node.content, `${name}: openapi.yaml does not have content type "${type}" here`);
    if (!node.content[type].schema || answer.body === undefined) return;
    const validate = this.validator(`${pointer}/content/${escape(type)}/schema`);
    if (!validate(answer.body)) {
      assert.fail(`${name} does not fit openapi.yaml:\n${this.ajv.errorsText(validate.errors, { separator: '\n' })}\n${answer.text.slice(0, 2000)}`);
    }
  }
}

/** @type {Contract | null | undefined} */
let contract;

/** The document, or null where it does not exist. */
export function loadContract() {
  if (contract === undefined) {
    contract = fs.existsSync(FILE) ? new Contract(require('yaml').parse(fs.readFileSync(FILE, 'utf8'))) : null;
  }
  return contract;
}

/** @param {string} method @param {string} target path, without query @param {any} answer */
export function check(method, target, answer) {
  loadContract()?.check(method, target.split('?')[0], answer);
}
