import { DAY_MS, HOUR_MS } from '../../../model/time.ts';
import { instantLabel, numberLabel } from '../bins.ts';
import type { ColumnKind } from '../facts.ts';
import type { Bin } from '../report.ts';
import { percent } from '../sentence.ts';

const WIDTH = 640;
const HEIGHT = 190;
const LEFT = 60;
const BOTTOM = 26;
const TOP = 10;

export const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

type Shares = { readonly reference: number[]; readonly current: number[]; readonly highest: number };

function sharesOf(bins: readonly Bin[]): Shares {
  const side = (of: 'reference' | 'current'): number[] => {
    const total = bins.reduce((sum, bin) => sum + bin[of], 0);
    return bins.map((bin) => (total > 0 ? bin[of] / total : 0));
  };
  const [reference, current] = [side('reference'), side('current')];
  return { reference, current, highest: Math.max(0.0001, ...reference, ...current) };
}

/** The reference as filled bars, the current file as a dashed outline: told apart without colour too. */
export function histogram(bins: readonly Bin[], kind: ColumnKind): string {
  const { reference, current, highest } = sharesOf(bins);
  const x = (i: number): string => (LEFT + (i / bins.length) * (WIDTH - LEFT - 8)).toFixed(1);
  const y = (share: number): string =>
    (HEIGHT - BOTTOM - (share / highest) * (HEIGHT - BOTTOM - TOP)).toFixed(1);
  const bars = reference.map(
    (share, i) =>
      `<rect class="r" x="${x(i)}" width="${Math.max(1, (WIDTH - LEFT - 8) / bins.length - 1).toFixed(1)}" y="${y(share)}" height="${Math.max(0, HEIGHT - BOTTOM - Number(y(share))).toFixed(1)}"/>`,
  );
  const line = current.map((share, i) => `L${x(i)} ${y(share)}L${x(i + 1)} ${y(share)}`).join('');
  const base = HEIGHT - BOTTOM;
  const marks = [0, 0.5, 1].map(
    (at) =>
      `<path class="g" d="M${LEFT} ${y(at * highest)}H${WIDTH - 8}"/><text x="${LEFT - 8}" y="${Number(y(at * highest)) + 4}" text-anchor="end">${percent(at * highest)}</text>`,
  );
  const labels = xLabels(bins, kind === 'time');
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">${marks.join('')}${bars.join('')}<path class="c" d="M${x(0)} ${base}${line}L${x(bins.length)} ${base}"/>${labels.join('')}</svg>`;
}

/** Round numbers on the axis, where the bins are a scale; else the name of every bin that has room. */
function xLabels(bins: readonly Bin[], isTime: boolean): string[] {
  const [low, high] = [bins[0]?.from ?? Number.NaN, bins.at(-1)?.to ?? Number.NaN];
  const label = (x: number, text: string): string =>
    `<text x="${x.toFixed(1)}" y="${HEIGHT - 8}" text-anchor="middle">${escapeHtml(text)}</text>`;
  const across = WIDTH - LEFT - 8;
  if (low < high && isTime)
    return instants(low, high).map((at) =>
      label(LEFT + ((at - low) / (high - low)) * across, instantLabel(at)),
    );
  if (low < high)
    return roundSteps(low, high).map((at) =>
      label(LEFT + ((at - low) / (high - low)) * across, numberLabel(at)),
    );
  const every = Math.max(1, Math.ceil(bins.length / MOST_LABELS));
  return bins.flatMap((bin, i) =>
    i % every === 0 ? [label(LEFT + ((i + 0.5) / bins.length) * across, bin.label)] : [],
  );
}

const MOST_LABELS = 7;
const MOST_INSTANTS = 5;
/** Midnights where there are at least two, else hours; at even steps. */
function instants(low: number, high: number): number[] {
  const unit = high - low >= 2 * DAY_MS ? DAY_MS : HOUR_MS;
  const step = Math.ceil((high - low) / unit / MOST_INSTANTS) * unit;
  const first = Math.ceil(low / unit) * unit;
  return Array.from({ length: Math.floor((high - first) / step) + 1 }, (_, i) => first + i * step).filter(
    // A date is wide: none that would hang over the edge.
    (at) => at - low > (high - low) * EDGE && high - at > (high - low) * EDGE,
  );
}
const EDGE = 0.04;
/** 1, 2 or 5 times a power of ten, so that at most MOST_LABELS of them lie between. */
function roundSteps(low: number, high: number): number[] {
  const rough = (high - low) / MOST_LABELS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((times) => times * power >= rough) ?? 10) * power;
  const first = Math.ceil(low / step);
  const last = Math.floor(high / step);
  // Rounded, since 3 × 0.1 is 0.30000000000000004.
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

const ROW = 30;
const LABEL_WIDTH = 190;
const VALUE_WIDTH = 130;
const LABEL_CHARS = 26;

/** One pair of bars per category. */
export function categoryBars(bins: readonly Bin[]): string {
  const { reference, current, highest } = sharesOf(bins);
  const width = (share: number): string =>
    ((share / highest) * (WIDTH - LABEL_WIDTH - VALUE_WIDTH)).toFixed(1);
  const rows = bins.map((bin, i) => {
    const top = i * ROW;
    const [r, c] = [reference[i] ?? 0, current[i] ?? 0];
    const label = bin.label.length > LABEL_CHARS ? `${bin.label.slice(0, LABEL_CHARS - 1)}…` : bin.label;
    return `<text x="${LABEL_WIDTH - 10}" y="${top + 18}" text-anchor="end" class="n">${escapeHtml(label === '' ? '(empty)' : label)}</text><rect class="r" x="${LABEL_WIDTH}" y="${top + 4}" width="${width(r)}" height="10"/><rect class="cb" x="${LABEL_WIDTH + 0.75}" y="${top + 15.75}" width="${width(c)}" height="8.5"/><text x="${WIDTH - VALUE_WIDTH + 8}" y="${top + 18}">${percent(r)} → ${percent(c)}</text>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${bins.length * ROW + 4}" aria-hidden="true">${rows.join('')}</svg>`;
}

/** How large an effect is on the way from 0 to 1, and where the limit stands. */
export function effectBar(effect: number | null, limit: number): string {
  if (effect === null) return '';
  // Square roots: most effects are small, and the eye must still tell 0.01 from 0.1.
  const at = (value: number): string => (Math.sqrt(Math.min(1, value)) * 120).toFixed(1);
  return `<svg class="bar" viewBox="0 0 120 14" aria-hidden="true"><rect class="track" width="120" height="6" y="4" rx="3"/><rect class="${effect >= limit ? 'over' : 'under'}" width="${at(effect)}" height="6" y="4" rx="3"/><path class="limit" d="M${at(limit)} 0V14"/></svg>`;
}
