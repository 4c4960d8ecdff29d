/** What the address says: absent means "the newest data", which the API anchors. */
export type Range = { readonly from?: string; readonly to?: string };

export type Preset = { readonly label: string; readonly from: string };

export const PRESETS: readonly Preset[] = [
  { label: 'Last hour', from: 'now-1h' },
  { label: 'Last 6 hours', from: 'now-6h' },
  { label: 'Last 24 hours', from: 'now-24h' },
  { label: 'Last 7 days', from: 'now-7d' },
  { label: 'Last 28 days', from: 'now-28d' },
  { label: 'Last 90 days', from: 'now-90d' },
  { label: 'Last 180 days', from: 'now-180d' },
];

const RELATIVE = /^now(?:-\d{1,6}(?:ms|s|m|h|d|w))?$/;
const EPOCH_MS = /^\d{10,13}$/;

export type BoundText =
  | { readonly kind: 'absent' }
  | { readonly kind: 'relative'; readonly text: string }
  | { readonly kind: 'instant'; readonly ms: number }
  | { readonly kind: 'bad'; readonly why: string };

/** Reads one end of the range as a person types it or as an address carries it. */
export function parseBound(raw: string): BoundText {
  const text = raw.trim();
  if (text === '') return { kind: 'absent' };
  if (RELATIVE.test(text)) return { kind: 'relative', text };
  if (EPOCH_MS.test(text)) return { kind: 'instant', ms: Number(text) };
  const ms = Date.parse(text.replace(/^(\d{4}-\d{2}-\d{2}) (\d{1,2}:\d{2})/, '$1T$2'));
  if (Number.isFinite(ms)) return { kind: 'instant', ms };
  return {
    kind: 'bad',
    why: `"${text}" is not a time. Try now-36h, 2026-11-20 14:00, or epoch milliseconds.`,
  };
}

/** The text that goes into the address: relative stays relative, an instant becomes RFC 3339 in UTC. */
export function boundText(bound: BoundText): string | undefined {
  if (bound.kind === 'relative') return bound.text;
  if (bound.kind === 'instant') return new Date(bound.ms).toISOString();
  return undefined;
}

export function rangeOf(params: URLSearchParams): Range {
  const from = params.get('from');
  const to = params.get('to');
  return { ...(from ? { from } : {}), ...(to ? { to } : {}) };
}

/** From a drag on a chart: never empty, and the earlier end first. */
export function rangeBetween(aMs: number, bMs: number, leastMs: number): Required<Range> {
  const start = Math.min(aMs, bMs);
  const end = Math.max(Math.max(aMs, bMs), start + leastMs);
  return { from: new Date(start).toISOString(), to: new Date(end).toISOString() };
}

export function rangeLabel(range: Range, instant: (ms: number) => string): string {
  if (!range.from && !range.to) return 'Newest data';
  const preset = PRESETS.find((p) => p.from === range.from && (!range.to || range.to === 'now'));
  if (preset) return preset.label;
  const show = (text: string | undefined, absent: string): string => {
    const bound = parseBound(text ?? '');
    if (bound.kind === 'instant') return instant(bound.ms);
    return bound.kind === 'relative' ? bound.text : absent;
  };
  return `${show(range.from, 'start')} – ${show(range.to, 'now')}`;
}
