import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const read = (path) => readFileSync(join(TOP, path), 'utf8');

function files(folder) {
    return readdirSync(join(TOP, folder), { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        return entry.isDirectory() ? files(path) : [path];
    });
}

const www = files('www').filter((path) => /\.(html|css|js|svg)$/.test(path));
const scripts = www.filter((path) => path.endsWith('.js'));

describe('the files of the web client', () => {
    it('are all named in www/local.mk, which names nothing else', () => {
        const named = [...read('www/local.mk').matchAll(/www\/\S+\.(?:html|css|js|svg)\b/g)].map(([path]) => path);
        assert.deepEqual(named.sort(), [...www].sort());
    });
    it('never make markup or code of a string', () => {
        const banned = /\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|new Function|createContextualFragment|DOMParser)\b|\.style\.cssText|setAttribute\('(style|on\w+)'/;
        for (const path of scripts) assert.doesNotMatch(read(path), banned, path);
    });
    it('have no inline script or style', () => {
        const page = read('www/index.html');
        assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:/i);
        assert.doesNotMatch(page, /(?:src|href)="(?:https?:)?\/\//);
    });
    it('import only what is there', () => {
        for (const path of scripts) {
            for (const [, target] of read(path).matchAll(/^(?:import|export)\b[^;]*? from '([^']+)'/gms)) {
                assert.ok(target.startsWith('.'), `${path} imports ${target}`);
                assert.ok(scripts.includes(relative(TOP, join(TOP, path, '..', target))), `${path} imports ${target}`);
            }
        }
    });
    it('are linked by the page if they are styles', () => {
        const linked = [...read('www/index.html').matchAll(/href="(css\/[^"]+)"/g)].map(([, path]) => `www/${path}`);
        assert.deepEqual(linked.sort(), www.filter((path) => path.endsWith('.css')).sort());
    });
    it('are small', () => {
        for (const path of www) assert.ok(read(path).split('\n').length <= 400, `${path} is too long`);
    });
});
