/** Small things: lines of name=value, medians, numbers as people read them. */

/** "sent posts=3 us=17" -> {word: 'sent', posts: 3, us: 17}. @param {string} line @returns {Record<string, any>} */
export function fields(line) {
  const result = { word: line.split(' ')[0] };
  for (const [, name, value] of line.matchAll(/([a-z0-9_]+)=(\S*)/g)) result[name] = /^-?\d+$/.test(value) ? Number(value) : value;
  return result;
}

/** The middle one, of an even number the lower. @param {number[]} values */
export function median(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted.length ? sorted[Math.floor((sorted.length - 1) / 2)] : NaN;
}

/** Three digits that matter. @param {number} value */
export function short(value) {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toFixed(Math.min(digits, 3));
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const say = (text) => process.stderr.write(`${text}\n`);
