import { describe, expect, it } from 'vitest';
import type { Lineage, Span } from '../../dashboard/src/lib/api/contract.ts';
import { cellLook, heatLevel, moveInGrid } from '../../dashboard/src/lib/geometry/heat.ts';
import { layoutLineage, relatives } from '../../dashboard/src/lib/geometry/lineage-layout.ts';
import { linePath, segments, stepPath } from '../../dashboard/src/lib/geometry/path.ts';
import { extent, linear, ticks, timeTicks } from '../../dashboard/src/lib/geometry/scale.ts';
import { stack } from '../../dashboard/src/lib/geometry/stack.ts';
import { waterfall } from '../../dashboard/src/lib/geometry/waterfall.ts';

describe('scales', () => {
  it('invert undoes the scale, and a single point lies in the middle', () => {
    const x = linear(10, 20, 0, 100);
    expect(x(15)).toBe(50);
    expect(x.invert(x(17.3))).toBeCloseTo(17.3, 12);
    expect(linear(5, 5, 0, 100)(5)).toBe(50);
  });
  it('ticks are round and inside', () => {
    expect(ticks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(-0.3, 1, 3)).toEqual([0, 0.5, 1]);
  });
  it('days start at midnight of the zone', () => {
    const DAY = 86_400_000;
    // Three days from 1970-01-01 in UTC+1: local midnights are 23:00 UTC.
    expect(timeTicks(0, 3 * DAY, 3, 3_600_000)).toEqual([
      DAY - 3_600_000,
      2 * DAY - 3_600_000,
      3 * DAY - 3_600_000,
    ]);
  });
  it('unknown values set no bounds', () => {
    expect(extent([[null, Number.NaN, 3], [7]], [])).toEqual([3, 7]);
    expect(extent([[null]], [])).toBeNull();
  });
});

describe('lines', () => {
  const at = (n: number) => n;
  it('break at a gap instead of bridging it', () => {
    expect(segments([1, 2, null, 4], at, at).map((run) => run.map((p) => p.x))).toEqual([[0, 1], [3]]);
    expect(linePath(segments([1, 2, null, 4], at, at))).toBe('M0 1L1 2M3 4h0');
  });
  it('steps along the edges', () => expect(stepPath([0, 10, 20], [5, 2], 9)).toBe('M0 9V5H10V2H20V9'));
});

describe('piles', () => {
  it('every bucket sums to its columns, with the small ones as other', () => {
    const columns = [9, 8, 1, 2].map((n, i) => ({ name: `c${i}`, values: [n, n] }));
    const piled = stack(columns, 2, 3);
    expect(piled.layers.map((layer) => layer.name)).toEqual(['c0', 'c1', 'other']);
    expect(piled.layers.at(-1)?.high).toEqual([20, 20]);
    expect(piled.dropped).toBe(2);
  });
});

describe('heat', () => {
  it('the limit parts the ramp: below it at most 3, from it on at least 4', () => {
    expect([0, 0.1, 0.199, 0.2, 0.31, 0.4, 9].map((value) => heatLevel(value, 0.2))).toEqual([
      0, 2, 3, 4, 5, 6, 6,
    ]);
  });
  it('too few, could not look, and nothing there are three things, and none is calm', () => {
    expect(cellLook({ value: 0.01, verdict: 'not_enough_data', n: 3 }, 0.2).kind).toBe('thin');
    expect(cellLook({ value: null, verdict: 'ok', n: 300 }, 0.2).kind).toBe('blind');
    expect(cellLook({ value: Number.NaN, verdict: 'ok', n: 300 }, 0.2).kind).toBe('blind');
    expect(cellLook(null, 0.2).kind).toBe('empty');
  });
  it('arrows stop at the edges and leave other keys alone', () => {
    expect(moveInGrid('ArrowLeft', { row: 0, column: 0 }, 2, 3)).toEqual({ row: 0, column: 0 });
    expect(moveInGrid('End', { row: 1, column: 0 }, 2, 3)).toEqual({ row: 1, column: 2 });
    expect(moveInGrid('a', { row: 0, column: 0 }, 2, 3)).toBeNull();
  });
});

const node = (id: string): Lineage['nodes'][number] => ({
  id,
  kind: 'feature',
  label: id,
  detail: '',
  href: null,
  state: 'none',
});
const edge = (from: string, to: string) => ({ from, to, label: '' });

describe('lineage', () => {
  const diamond: Lineage = {
    nodes: ['a', 'b', 'c', 'd', 'e'].map(node),
    edges: [edge('a', 'b'), edge('b', 'c'), edge('a', 'c'), edge('c', 'd'), edge('e', 'd')],
  };
  it('layers by the longest path, and every edge points right', () => {
    const layout = layoutLineage(diamond);
    const at = new Map(layout.nodes.map((placed) => [placed.node.id, placed]));
    expect(['a', 'b', 'c', 'd', 'e'].map((id) => at.get(id)?.layer)).toEqual([0, 1, 2, 3, 0]);
    for (const one of diamond.edges) expect(at.get(one.from)?.x).toBeLessThan(at.get(one.to)?.x ?? 0);
  });
  it('no two boxes overlap', () => {
    const places = layoutLineage(diamond).nodes.map(({ x, y }) => `${x},${y}`);
    expect(new Set(places).size).toBe(5);
  });
  it('ends on a cycle', () => {
    expect(
      layoutLineage({
        nodes: ['a', 'b', 'c'].map(node),
        edges: [edge('a', 'b'), edge('b', 'c'), edge('c', 'b')],
      }).nodes.length,
    ).toBe(3);
  });
  it('knows ancestors and descendants, not siblings', () => {
    expect([...relatives(diamond.edges, 'c')].sort()).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('waterfall', () => {
  const span = (spanId: string, parentSpanId: string, startNs: bigint, durationNs: bigint): Span => ({
    traceId: 't',
    spanId,
    parentSpanId,
    traceState: '',
    service: 's',
    name: spanId,
    kind: '',
    startNs: String(startNs),
    durationNs: String(durationNs),
    status: 'ok',
    statusMessage: '',
    attributes: {},
    events: [],
  });
  it('puts parents before children and keeps nanoseconds that a double would lose', () => {
    const start = 1_763_900_000_000_000_001n;
    const { rows, totalMs } = waterfall([
      span('b', 'a', start + 500n, 1_000n),
      span('a', '', start, 2_000n),
      span('x', 'gone', start, 2_000n),
    ]);
    expect(rows.map((row) => [row.span.spanId, row.depth])).toEqual([
      ['a', 0],
      ['b', 1],
      ['x', 0],
    ]);
    expect(rows[1]?.startMs).toBe(0.0005);
    expect(totalMs).toBe(0.002);
  });
  it('ends when spans name each other as parents', () =>
    expect(waterfall([span('a', 'b', 0n, 1n), span('b', 'a', 0n, 1n)]).rows).toEqual([]));
});
