export type Point = { readonly x: number; readonly y: number };

/** Runs of neighbours that are known. A gap breaks the line: it is never bridged, for missing is not zero and not "as before". */
export function segments(
  values: readonly (number | null)[],
  x: (index: number) => number,
  y: (value: number) => number,
): Point[][] {
  const runs: Point[][] = [];
  let run: Point[] = [];
  values.forEach((value, i) => {
    if (value === null || !Number.isFinite(value)) {
      if (run.length > 0) runs.push(run);
      run = [];
      return;
    }
    run.push({ x: x(i), y: y(value) });
  });
  if (run.length > 0) runs.push(run);
  return runs;
}

const f = (n: number): string => String(Math.round(n * 100) / 100);

/** A lone point is drawn as a dot of zero length, which round caps make visible. */
export function linePath(runs: readonly (readonly Point[])[]): string {
  return runs
    .map((run) => {
      const [first, ...rest] = run;
      if (!first) return '';
      const tail = rest.length > 0 ? rest.map((p) => `L${f(p.x)} ${f(p.y)}`).join('') : 'h0';
      return `M${f(first.x)} ${f(first.y)}${tail}`;
    })
    .join('');
}

/** The surface between each run and the base line. */
export function areaPath(runs: readonly (readonly Point[])[], baseY: number): string {
  return runs
    .map((run) => {
      const first = run[0];
      const last = run.at(-1);
      if (!first || !last) return '';
      return `${linePath([run])}L${f(last.x)} ${f(baseY)}L${f(first.x)} ${f(baseY)}Z`;
    })
    .join('');
}

/** Steps along bin edges: the outline of a histogram. `edges` has one more entry than `heights`. */
export function stepPath(edges: readonly number[], heights: readonly number[], baseY: number): string {
  const start = edges[0];
  const end = edges.at(-1);
  if (start === undefined || end === undefined) return '';
  const body = heights.map((h, i) => `V${f(h)}H${f(edges[i + 1] ?? end)}`).join('');
  return `M${f(start)} ${f(baseY)}${body}V${f(baseY)}`;
}
