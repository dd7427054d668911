// Uploads as the page runs them, against a server made of a few lines that can lose requests and answers.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '../../www/js/api.js';
import { fileUrl, filesWords, fit, kindOf, kindWords, largeUrl, pictureUrl, sizeWords } from '../../www/js/lib/files.js';
import { Uploads } from '../../www/js/upload.js';

const CHUNK = 1000;
const limits = { size_max: 1_000_000, count_max: 3, chunk_max: CHUNK };

/** Keeps what is uploaded. `lose(method, path, when)`: 'before' it is heard, or 'after'. */
function server(lose = () => false) {
    const uploads = new Map();
    const calls = [];
    return {
        uploads,
        calls,
        async call(method, path, { body, bytes, query, signal } = {}) {
            await new Promise((resolve) => { setTimeout(resolve); });
            calls.push(`${method} ${path}${query ? ` ${query.offset}` : ''}`);
            const number = calls.length;
            if (signal?.aborted || lose(method, number, 'before')) throw new ApiError(0, 'unreachable', 'away');
            const answer = this.answer(method, path, body, bytes, query);
            if (lose(method, number, 'after')) throw new ApiError(0, 'unreachable', 'away');
            return { data: answer, status: 200, next: '' };
        },
        answer(method, path, body, bytes, query) {
            if (method === 'POST') {
                if (!uploads.has(body.client_id)) uploads.set(body.client_id, { id: String(uploads.size + 1), size: body.size, name: body.name, got: [] });
                return { id: uploads.get(body.client_id).id, offset: 0, chunk_max: CHUNK };
            }
            const one = [...uploads.values()].find(({ id }) => path.startsWith(`/api/files/${id}`));
            const have = () => one.got.reduce((sum, part) => sum + part.length, 0);
            if (method === 'DELETE') return uploads.delete([...uploads].find(([, value]) => value === one)[0]);
            if (method === 'PUT' && query.offset === have()) one.got.push(new Uint8Array(bytes));
            else if (method === 'PUT' && query.offset > have()) throw new ApiError(409, 'conflict', 'elsewhere');
            const done = have() === one.size;
            return { id: one.id, offset: have(), chunk_max: CHUNK, ...(done && { file: { id: one.id, name: one.name, type: 'text/plain', size: one.size } }) };
        },
    };
}

const file = (name, size) => new File([Uint8Array.from({ length: size }, (_, i) => (i * 7) % 251)], name);
const settled = async (uploads, place) => {
    for (let i = 0; i < 2000; i += 1) {
        if (uploads.of(place).every(({ state }) => state === 'done' || state === 'failed')) return;
        await new Promise((resolve) => { setTimeout(resolve); });
    }
    throw new Error('it does not come to an end');
};
const soon = () => new Promise((resolve) => { setTimeout(resolve); });

describe('uploads', () => {
    it('send every byte once, in chunks', async () => {
        const host = server();
        const uploads = new Uploads(host, () => limits, soon);
        assert.equal(uploads.add('r', 'r', [file('a', 2500)]), '');
        await settled(uploads, 'r');
        assert.deepEqual(host.calls, ['POST /api/rooms/r/files', 'PUT /api/files/1 0', 'PUT /api/files/1 1000', 'PUT /api/files/1 2000']);
        assert.deepEqual(uploads.take('r').map(({ name }) => name), ['a']);
        assert.deepEqual(uploads.of('r'), []);
    });
    it('come through whatever is lost, there or back', async () => {
        let seed = 5;
        const chance = () => { seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff; return seed / 0x7fffffff; };
        for (let round = 0; round < 20; round += 1) {
            const host = server((method, number, when) => chance() < (when === 'before' ? 0.25 : 0.2));
            const uploads = new Uploads(host, () => limits, soon);
            const sizes = [1, 999, 1000, 1001, 3000, 7777];
            sizes.forEach((size, i) => uploads.add(`p${i}`, 'r', [file(`f${i}`, size)]));
            for (const i of sizes.keys()) await settled(uploads, `p${i}`);
            assert.equal(host.uploads.size, sizes.length, 'one was begun twice');
            sizes.forEach((size, i) => {
                const [info] = uploads.take(`p${i}`);
                assert.equal(info.size, size);
                const stored = [...host.uploads.values()].find(({ id }) => id === info.id);
                const bytes = stored.got.flatMap((part) => [...part]);
                assert.ok(bytes.every((value, at) => value === (at * 7) % 251) && bytes.length === size);
            });
        }
    });
    it('say what is wrong, and can be tried again', async () => {
        const host = server();
        let refuse = true;
        const call = host.call.bind(host);
        host.call = (method, path, request) => (refuse && method === 'POST' ? Promise.reject(new ApiError(413, 'quota-exceeded', 'No room.')) : call(method, path, request));
        const uploads = new Uploads(host, () => limits, soon);
        uploads.add('r', 'r', [file('a', 10)]);
        await settled(uploads, 'r');
        const [one] = uploads.of('r');
        assert.deepEqual([one.state, one.problem], ['failed', 'No room.']);
        refuse = false;
        uploads.retry(one);
        await settled(uploads, 'r');
        assert.equal(one.state, 'done');
    });
    it('do not try for ever what the server keeps refusing', async () => {
        const host = server();
        const call = host.call.bind(host);
        host.call = (method, path, request) => (method === 'PUT' ? Promise.reject(new ApiError(500, 'internal', 'Broken.')) : call(method, path, request));
        const uploads = new Uploads(host, () => limits, soon);
        uploads.add('r', 'r', [file('a', 10)]);
        await settled(uploads, 'r');
        assert.equal(uploads.of('r')[0].state, 'failed');
    });
    it('refuse at once what the server would refuse', () => {
        const uploads = new Uploads(server(), () => limits, soon);
        assert.match(uploads.add('r', 'r', [file('none', 0)]), /“none” is empty/);
        assert.match(uploads.add('r', 'r', [{ name: 'huge', size: 2_000_000 }]), /“huge” has 2.0 MB; 1.0 MB is the most/);
        assert.match(uploads.add('r', 'r', [1, 2, 3, 4].map((n) => file(String(n), 5))), /takes 3 files/);
        assert.equal(uploads.of('r').length, 3);
        assert.match(new Uploads(server(), () => null, soon).add('r', 'r', [file('a', 5)]), /takes no files/);
    });
    it('that are taken back are gone, and no two places mix', async () => {
        const host = server();
        const uploads = new Uploads(host, () => limits, soon);
        uploads.add('r', 'r', [file('a', 10)]);
        uploads.add('r.5', 'r', [file('b', 10)]);
        await settled(uploads, 'r');
        await settled(uploads, 'r.5');
        uploads.remove(uploads.of('r')[0]);
        await new Promise((resolve) => { setTimeout(resolve, 20); });
        assert.deepEqual([...host.uploads.values()].map(({ name }) => name), ['b']);
        assert.equal(uploads.of('r.5').length, 1);
        uploads.stop();
        assert.equal(uploads.of('r.5').length, 0);
    });
});

describe('what is said of a file', () => {
    const picture = { id: '5', name: 'a.png', type: 'image/png', size: 9e6, width: 4000, height: 3000, thumbnail: true };
    it('its addresses', () => {
        assert.deepEqual([fileUrl(picture), fileUrl(picture, 'thumbnail'), fileUrl(picture, 'download')], ['/api/files/5', '/api/files/5/thumbnail', '/api/files/5?download=true']);
        assert.equal(pictureUrl(picture), '/api/files/5/thumbnail');
        assert.equal(largeUrl(picture), '/api/files/5');
        assert.equal(pictureUrl({ ...picture, thumbnail: undefined }), '', 'a large original is not loaded into the log');
        assert.equal(largeUrl({ ...picture, width: 30000, height: 30000 }), '/api/files/5/thumbnail');
        assert.equal(pictureUrl({ ...picture, type: 'image/svg+xml' }), '');
        assert.equal(pictureUrl({ id: '6', name: 'a.gif', type: 'image/gif', size: 1e6, width: 700, height: 300, thumbnail: true }), '/api/files/6', 'it moves');
    });
    it('its kind, its size in words, and the size of its place', () => {
        assert.deepEqual([picture, { ...picture, type: 'video/mp4' }, { ...picture, type: 'audio/mpeg' }, { ...picture, type: 'text/html' }].map(kindOf), ['picture', 'video', 'audio', 'other']);
        assert.deepEqual([1, 999, 1000, 1500, 9949, 9999, 99_999, 999_499, 999_600, 1_500_000, 5e9].map(sizeWords), ['1 B', '999 B', '1.0 kB', '1.5 kB', '9.9 kB', '10 kB', '100 kB', '999 kB', '1.0 MB', '1.5 MB', '5.0 GB']);
        assert.deepEqual(fit(4000, 3000, 380, 300), { width: 380, height: 285 });
        assert.deepEqual(fit(10, 5, 380, 300), { width: 10, height: 5 });
        assert.deepEqual(fit(10000, 1, 380, 300), { width: 380, height: 1 });
        assert.deepEqual([kindWords({ ...picture, name: 'a.tar.gz' }), kindWords({ ...picture, name: 'noending', type: 'application/x-tar' })], ['GZ', 'TAR']);
        assert.deepEqual([filesWords([picture]), filesWords([picture, picture]), filesWords([picture, { ...picture, type: 'x/y' }]), filesWords([{ ...picture, type: 'x/y' }])], ['Picture', '2 pictures', '2 files', 'a.png']);
    });
});
