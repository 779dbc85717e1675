import { number } from '../harness/table.js';

const WIDTH = 720;
const LEFT = 250;
const RIGHT = 90;
const BAR = 22;
const INK = '#1f2933';
const FAINT = '#9aa5b1';
const COLOURS = ['#1769aa', '#c2571a', '#3c7d3f', '#7b4fa3', '#8a6d1d'];

/** Where there are more lines than colours. */
const DASHES = ['', '6 4', '2 3'];

export interface Bar {
  readonly name: string;
  readonly min: number;
  readonly median: number;
  readonly max: number;
  /** A floor is drawn paler than what is set beside it. */
  readonly isFloor: boolean;
}

export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [percentile: number, milliseconds: number])[];
}

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [size: number, milliseconds: number])[];
}

/** Bars from nothing to the median, with a line from the least to the greatest run, and the goal across them. */
export function bars(title: string, unit: string, of: readonly Bar[], goal?: number): string {
  const most = Math.max(...of.map(({ max }) => max), goal ?? 0) * 1.05;
  const x = (value: number) => LEFT + (value / most) * (WIDTH - LEFT - RIGHT);
  const height = 60 + of.length * (BAR + 10) + 20;
  const rows = of.map(({ name, min, median, max, isFloor }, i) => {
    const y = 44 + i * (BAR + 10);
    const middle = y + BAR / 2;
    return [
      text(LEFT - 8, middle + 4, name, 'end'),
      `<rect x="${LEFT}" y="${y}" width="${round(x(median) - LEFT)}" height="${BAR}" fill="${isFloor ? FAINT : COLOURS[0]}"/>`,
      line(x(min), middle, x(max), middle, INK, 2),
      text(x(max) + 6, middle + 4, number(median)),
    ].join('\n');
  });
  const bottom = height - 24;
  const mark =
    goal === undefined
      ? []
      : [
          line(x(goal), 38, x(goal), bottom, COLOURS[1] ?? INK, 2, '5 4'),
          text(x(goal), bottom + 16, `goal ${number(goal)}`, 'middle'),
        ];
  return svg(height, [text(12, 22, `${title}, ${unit}`, 'start', 15), ...rows, ...mark]);
}

/** Curves over the percentiles, stretched towards the slow end, with a logarithmic scale of milliseconds. */
export function curves(title: string, of: readonly Curve[]): string {
  const height = 320;
  const [top, bottom, left, right] = [44, height - 40, 64, WIDTH - 200];
  const all = of.flatMap(({ points }) => points.map(([, ms]) => ms));
  const least = 10 ** Math.floor(Math.log10(Math.max(0.01, Math.min(...all.filter((ms) => ms > 0)))));
  const most = 10 ** Math.ceil(Math.log10(Math.max(...all, least * 10)));
  const nines = (percentile: number) => Math.min(4, -Math.log10(1 - Math.min(percentile, 99.99) / 100));
  const x = (percentile: number) => left + (nines(percentile) / 4) * (right - left);
  const y = (ms: number) =>
    bottom - (Math.log10(Math.max(ms, least) / least) / Math.log10(most / least)) * (bottom - top);
  const decades = Array.from({ length: Math.round(Math.log10(most / least)) + 1 }, (_, i) => least * 10 ** i);
  const grid = [
    ...decades.map(
      (ms) => line(left, y(ms), right, y(ms), '#d9dee3', 1) + text(left - 8, y(ms) + 4, number(ms), 'end'),
    ),
    ...[0, 50, 90, 99, 99.9, 99.99].map(
      (p) => line(x(p), top, x(p), bottom, '#d9dee3', 1) + text(x(p), bottom + 18, `p${p}`, 'middle'),
    ),
  ];
  const drawn = of.map(({ name, points }, i) => {
    const colour = COLOURS[i % COLOURS.length] ?? INK;
    const path = points.map(([percentile, ms]) => `${round(x(percentile))},${round(y(ms))}`).join(' ');
    const legend = top + 8 + i * 20;
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      line(right + 16, legend, right + 36, legend, colour, 3),
      text(right + 42, legend + 4, name),
    ].join('\n');
  });
  return svg(height, [text(12, 22, `${title}, ms`, 'start', 15), ...grid, ...drawn]);
}

/** Lines over the size of the data, both scales logarithmic: what costs the same at every size is level. */
export function growing(title: string, of: readonly Line[]): string {
  const height = 60 + Math.max(260, of.length * 20 + 40);
  const [top, bottom, left, right] = [44, height - 40, 64, WIDTH - 220];
  const points = of.flatMap((each) => each.points);
  const sizes = [...new Set(points.map(([size]) => size))].sort((a, b) => a - b);
  const [least, greatest] = [sizes[0] ?? 1, sizes.at(-1) ?? 1];
  const costs = points.map(([, cost]) => cost);
  const floor = 10 ** Math.floor(Math.log10(Math.max(0.001, Math.min(...costs))));
  const decades = Math.max(1, Math.ceil(Math.log10(Math.max(...costs) / floor)));
  const x = (size: number) =>
    greatest === least ? left : left + (Math.log(size / least) / Math.log(greatest / least)) * (right - left);
  const y = (cost: number) => bottom - (Math.log10(Math.max(cost, floor) / floor) / decades) * (bottom - top);
  const grid = [
    ...Array.from({ length: decades + 1 }, (_, i) => floor * 10 ** i).map(
      (cost) => line(left, y(cost), right, y(cost), '#d9dee3', 1) + text(left - 8, y(cost) + 4, number(cost), 'end'),
    ),
    ...sizes.map(
      (size) => line(x(size), top, x(size), bottom, '#d9dee3', 1) + text(x(size), bottom + 18, number(size), 'middle'),
    ),
  ];
  const drawn = of.map((each, i) => {
    const colour = COLOURS[i % COLOURS.length] ?? INK;
    const dashes = DASHES[Math.floor(i / COLOURS.length) % DASHES.length] ?? '';
    const path = each.points.map(([size, cost]) => `${round(x(size))},${round(y(cost))}`).join(' ');
    const legend = top + 8 + i * 20;
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"${dashes && ` stroke-dasharray="${dashes}"`}/>`,
      line(right + 16, legend, right + 36, legend, colour, 3, dashes),
      text(right + 42, legend + 4, each.name),
    ].join('\n');
  });
  return svg(height, [text(12, 22, `${title}, CPU ms by number of deals`, 'start', 15), ...grid, ...drawn]);
}

const round = (value: number): number => Math.round(value * 10) / 10;

const line = (x1: number, y1: number, x2: number, y2: number, colour: string, width: number, dash = ''): string =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}" stroke-width="${width}"${dash && ` stroke-dasharray="${dash}"`}/>`;

const text = (x: number, y: number, words: string, anchor = 'start', size = 12): string =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-size="${size}" fill="${INK}">${escaped(words)}</text>`;

const escaped = (words: string): string => words.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

const svg = (height: number, parts: readonly string[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
