/** The logs of one stack: collected, shown when a test fails, searched for what no log may hold. */
import fs from 'node:fs';
import path from 'node:path';

const ALARM = /(AddressSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|ThreadSanitizer|runtime error:|SUMMARY: |Assertion .* failed|\*\*\* stack smashing)/;
const TAIL = 60;

/** Every file under dir, with its text. @param {string} dir @returns {{name: string, text: string}[]} */
export function readLogs(dir) {
  if (!fs.existsSync(dir)) return [];
  return fs
    .readdirSync(dir)
    .sort()
    .map((name) => ({ name, text: fs.readFileSync(path.join(dir, name), 'utf8') }));
}

/** Lines of sanitizer reports, with the name of the log and what follows. @param {string} dir */
export function alarms(dir) {
  const found = [];
  for (const { name, text } of readLogs(dir)) {
    const lines = text.split('\n');
    const at = lines.findIndex((line) => ALARM.test(line));
    if (at >= 0) found.push(`${name}:\n${lines.slice(Math.max(0, at - 3), at + 40).join('\n')}`);
  }
  return found;
}

/** How long each log is now. @param {string} dir @returns {Map<string, number>} */
export function marks(dir) {
  return new Map(readLogs(dir).map(({ name, text }) => [name, text.length]));
}

/** The end of every log, for a person; with marks, only what came since. @param {string} dir @param {Map<string, number>} [since] */
export function tails(dir, since = new Map()) {
  return readLogs(dir)
    .map(({ name, text }) => ({ name, text: text.slice(since.get(name) ?? 0).trim() }))
    .filter(({ text }) => text !== '')
    .map(({ name, text }) => {
      const lines = text.split('\n');
      return `----- ${name} (last ${Math.min(TAIL, lines.length)} of ${lines.length} lines)\n${lines.slice(-TAIL).join('\n')}`;
    })
    .join('\n');
}
