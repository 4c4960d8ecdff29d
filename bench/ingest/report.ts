import type { Line, Mode, Suite } from './suite.ts';

export type Goal = {
  readonly name: string;
  readonly wanted: string;
  readonly measured: number;
  readonly reached: boolean;
};
export type Ratio = { readonly name: string; readonly leeway: number; readonly otelcol: number };

const COLUMNS = [
  ['', 46],
  ['/CPU s', 9],
  ['acked/s', 9],
  ['done/s', 9],
  ['p50 ms', 8],
  ['p99 ms', 8],
  ['wire B', 8],
  ['disk B', 8],
  ['RSS MiB', 9],
  ['peak', 6],
  ['gen CPU s', 10],
] as const;

const row = (cells: readonly (string | number)[]): string =>
  COLUMNS.map(([, width], at) =>
    at === 0 ? String(cells[at] ?? '').padEnd(width) : String(cells[at] ?? '').padStart(width),
  ).join('');
export const TITLE = row(COLUMNS.map(([name]) => name));

export const lineOf = (line: Line): string => [figuresOf(line), ...slowestOf(line)].join('\n');

/** How p99 divides. What the sender saw beyond that lies before the end of the headers, or behind the answer. */
function slowestOf({ slowest, ackP99Ms }: Line): string[] {
  if (!slowest) return [];
  const { ack, body, queue, decode, sync } = slowest;
  return [
    `    the slowest hundredth, ms inside: ${ack} = body ${body}, queue ${queue}, decode ${decode}, sync ${sync}; p99 as the sender saw it: ${ackP99Ms}`,
  ];
}

const nameOf = ({ target, workload, perRequest, mode, threads }: Line): string =>
  `${target === 'leeway' ? '' : 'otelcol: '}${workload} × ${perRequest}, ${mode}${threads === 0 ? '' : `, ${threads} thread${threads === 1 ? '' : 's'}`}`;

const figuresOf = (line: Line): string =>
  row([
    nameOf(line),
    line.recordsPerCpuSecond,
    line.ackedPerSecond,
    line.mode === 'acked' ? '-' : line.donePerSecond,
    line.ackP50Ms,
    line.ackP99Ms,
    line.wireBytesPerRecord,
    line.bytesOnDiskPerRecord ?? '-',
    line.rssBeforeMib,
    line.rssPeakMib,
    line.generatorCpuSeconds,
  ]);

const GOALS = {
  ackedPerCpuSecond: 100_000,
  storedPerCpuSecond: 60_000,
  ackP99Ms: 25,
  bytesPerSpan: 80,
  rssGrowthMib: 64,
} as const;

/** The goals of the ingest path beside what was measured, and the ratios to the OpenTelemetry Collector. */
export function ingestReport({ lines, otelcol }: Suite): {
  readonly goals: readonly Goal[];
  readonly ratios: readonly Ratio[];
  readonly text: string;
} {
  const find = (target: Line['target'], mode: Mode): Line | undefined =>
    lines.find((line) => line.target === target && line.mode === mode && line.workload === 'spans, protobuf');
  const goals = goalsOf((mode) => find('leeway', mode));
  const ratios = (['acked', 'end to end'] as const).flatMap((mode): Ratio[] => {
    const [ours, theirs] = [find('leeway', mode), find('otelcol', mode)];
    if (!ours || !theirs) return [];
    const name = `spans per CPU second, ${mode === 'acked' ? 'acked' : 'to the end (ours: in the database; theirs: dropped)'}`;
    return [
      { name, leeway: ours.recordsPerCpuSecond, otelcol: theirs.recordsPerCpuSecond },
      { name: `MiB at the peak, ${mode}`, leeway: ours.rssPeakMib, otelcol: theirs.rssPeakMib },
    ];
  });
  const goalText = goals.map(
    ({ name, wanted, measured, reached }) =>
      `${reached ? 'reached' : 'MISSED '}  ${name}: ${measured} (goal ${wanted})`,
  );
  const ratioText = ratios.map(
    ({ name, leeway, otelcol: other }) =>
      `${name}: Leeway ${leeway}, OpenTelemetry Collector ${other}: × ${(leeway / other).toFixed(2)}`,
  );
  const versus =
    ratios.length > 0 ? ratioText : [`no comparison with the OpenTelemetry Collector: ${otelcol}`];
  return { goals, ratios, text: [...goalText, '', ...versus].join('\n') };
}

function goalsOf(find: (mode: Mode) => Line | undefined): Goal[] {
  const [acked, stored, half] = [find('acked'), find('end to end'), find('half load')];
  const atLeast = (name: string, least: number, measured = Number.NaN): Goal => ({
    name,
    wanted: `≥ ${least}`,
    measured,
    reached: measured >= least,
  });
  const atMost = (name: string, most: number, measured = Number.NaN): Goal => ({
    name,
    wanted: `≤ ${most}`,
    measured,
    reached: measured <= most,
  });
  const growth = (line: Line | undefined): number | undefined =>
    line && Math.max(0, line.rssPeakMib - line.rssBeforeMib);
  return [
    atLeast('spans per CPU second, acked', GOALS.ackedPerCpuSecond, acked?.recordsPerCpuSecond),
    atLeast('spans per CPU second, end to end', GOALS.storedPerCpuSecond, stored?.recordsPerCpuSecond),
    atMost('ms to the answer at half load, p99', GOALS.ackP99Ms, half?.ackP99Ms),
    atMost('bytes of a span on disk', GOALS.bytesPerSpan, stored?.bytesOnDiskPerRecord),
    atMost('MiB of RSS growth under load, store away', GOALS.rssGrowthMib, growth(acked)),
    atMost('MiB of RSS growth under load, end to end', GOALS.rssGrowthMib, growth(stored)),
  ];
}
