/** Horizontal bars as SVG: readable in any browser, in light and dark, without a library. */

const WIDTH = 720;
const LABEL = 210;
const VALUE = 90;
const BAR = 18;
const GAP = 8;
const HEAD = 56;

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/**
 * @param {{title: string, unit: string, bars: {label: string, value: number, text: string, ours?: boolean}[], logarithmic?: boolean}} plot
 * @returns {string}
 */
export function bars({ title, unit, bars: all, logarithmic = false }) {
  const shown = all.filter((bar) => Number.isFinite(bar.value) && bar.value > 0);
  const most = Math.max(...shown.map((bar) => bar.value));
  const least = Math.min(...shown.map((bar) => bar.value)) / 2;
  const room = WIDTH - LABEL - VALUE;
  const long = (value) => Math.max(1, logarithmic ? (Math.log(value / least) / Math.log(most / least)) * room : (value / most) * room);
  const height = HEAD + shown.length * (BAR + GAP) + GAP;
  const rows = shown.map((bar, i) => {
    const y = HEAD + i * (BAR + GAP);
    const middle = y + BAR / 2;
    return `<text x="${LABEL - 8}" y="${middle}" class="label">${escape(bar.label)}</text>
<rect x="${LABEL}" y="${y}" width="${long(bar.value).toFixed(1)}" height="${BAR}" class="${bar.ours ? 'ours' : 'bar'}"/>
<text x="${(LABEL + long(bar.value) + 6).toFixed(1)}" y="${middle}" class="value">${escape(bar.text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(title)}">
<style>
svg { background: #fff; font: 13px system-ui, sans-serif }
text { fill: #222; dominant-baseline: central }
.title { font-weight: 600; font-size: 15px }
.label { text-anchor: end }
.bar { fill: #8a97a8 }
.ours { fill: #1a66c2 }
@media (prefers-color-scheme: dark) { svg { background: #16181c } text { fill: #e4e6ea } .bar { fill: #6b7788 } .ours { fill: #5aa2f5 } }
</style>
<text x="12" y="18" class="title">${escape(title)}</text>
<text x="12" y="38">${escape(unit)}${logarithmic ? '; logarithmic' : ''}</text>
${rows.join('\n')}
</svg>
`;
}
