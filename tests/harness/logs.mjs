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

/** The end of every log, for a person. @param {string} dir */
export function tails(dir) {
  return readLogs(dir)
    .filter(({ text }) => text.trim() !== '')
    .map(({ name, text }) => {
      const lines = text.trimEnd().split('\n');
      return `----- ${name} (last ${Math.min(TAIL, lines.length)} of ${lines.length} lines)\n${lines.slice(-TAIL).join('\n')}`;
    })
    .join('\n');
}
