import type { Lineage } from '../api/contract.ts';

type Node = Lineage['nodes'][number];
type Edge = Lineage['edges'][number];

export type PlacedNode = {
  readonly node: Node;
  readonly x: number;
  readonly y: number;
  readonly layer: number;
};
export type PlacedEdge = { readonly edge: Edge; readonly path: string };
export type LineageLayout = {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly width: number;
  readonly height: number;
};

export const BOX = { width: 152, height: 46, gapX: 40, gapY: 12, pad: 4 } as const;
/** How often the order within layers is improved; more changes nothing that can be seen. */
const SWEEPS = 4;

/**
 * Layers by longest path from the sources, left to right (Sugiyama, Tagawa, Toda 1981, without the dummy nodes: our
 * graphs are short), then neighbours pull each other straight by barycentres. A cycle cannot come from the API; if it
 * does, its closing edge is left out of the layering and still drawn.
 */
export function layoutLineage(lineage: Lineage): LineageLayout {
  const layerOf = layers(lineage);
  const columns: Node[][] = [];
  for (const node of lineage.nodes) {
    const layer = layerOf.get(node.id) ?? 0;
    for (let i = columns.length; i <= layer; i++) columns.push([]);
    columns[layer]?.push(node);
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) straighten(columns, lineage.edges, sweep % 2 === 0);
  return place(columns, lineage.edges);
}

function layers({ nodes, edges }: Lineage): Map<string, number> {
  const out = Map.groupBy(edges, (edge) => edge.from);
  const layer = new Map(nodes.map((node) => [node.id, 0]));
  const onPath = new Set<string>();
  const visit = (id: string): void => {
    if (onPath.has(id)) return;
    onPath.add(id);
    for (const edge of out.get(id) ?? []) {
      const next = (layer.get(id) ?? 0) + 1;
      if (!layer.has(edge.to) || onPath.has(edge.to) || (layer.get(edge.to) ?? 0) >= next) continue;
      layer.set(edge.to, next);
      visit(edge.to);
    }
    onPath.delete(id);
  };
  const entered = new Set(edges.map((edge) => edge.to));
  for (const node of nodes) if (!entered.has(node.id)) visit(node.id);
  return layer;
}

function straighten(columns: Node[][], edges: readonly Edge[], forward: boolean): void {
  const rank = new Map<string, number>();
  const note = (): void => {
    for (const column of columns) {
      column.forEach((node, i) => {
        rank.set(node.id, i - (column.length - 1) / 2);
      });
    }
  };
  note();
  const order = forward ? columns : [...columns].reverse();
  for (const column of order) {
    const weight = (node: Node): number => {
      const near = edges
        .filter((edge) => (forward ? edge.to : edge.from) === node.id)
        .map((edge) => rank.get(forward ? edge.from : edge.to) ?? 0);
      return near.length === 0 ? (rank.get(node.id) ?? 0) : near.reduce((a, c) => a + c, 0) / near.length;
    };
    const weights = new Map(column.map((node) => [node.id, weight(node)]));
    column.sort((a, b) => (weights.get(a.id) ?? 0) - (weights.get(b.id) ?? 0));
    note();
  }
}

function place(columns: readonly (readonly Node[])[], edges: readonly Edge[]): LineageLayout {
  const tallest = Math.max(1, ...columns.map((column) => column.length));
  const heightOf = (n: number): number => n * BOX.height + (n - 1) * BOX.gapY;
  const height = heightOf(tallest) + 2 * BOX.pad;
  const nodes = columns.flatMap((column, layer) =>
    column.map((node, i) => ({
      node,
      layer,
      x: BOX.pad + layer * (BOX.width + BOX.gapX),
      y: (height - heightOf(column.length)) / 2 + i * (BOX.height + BOX.gapY),
    })),
  );
  const at = new Map(nodes.map((placed) => [placed.node.id, placed]));
  const drawn = edges.flatMap((edge) => {
    const from = at.get(edge.from);
    const to = at.get(edge.to);
    return from && to ? [{ edge, path: curve(from, to) }] : [];
  });
  const width = Math.max(1, columns.length) * (BOX.width + BOX.gapX) - BOX.gapX + 2 * BOX.pad;
  return { nodes, edges: drawn, width, height };
}

function curve(from: PlacedNode, to: PlacedNode): string {
  const x0 = from.x + BOX.width;
  const y0 = from.y + BOX.height / 2;
  const y1 = to.y + BOX.height / 2;
  const bend = Math.max(24, (to.x - x0) / 2);
  return `M${x0} ${y0}C${x0 + bend} ${y0} ${to.x - bend} ${y1} ${to.x} ${y1}`;
}

/** All that leads to a node and all that follows from it. */
export function relatives(edges: readonly Edge[], id: string): ReadonlySet<string> {
  const found = new Set([id]);
  const walk = (from: string, step: (edge: Edge) => readonly [string, string]): void => {
    for (const edge of edges) {
      const [here, there] = step(edge);
      if (here !== from || found.has(there)) continue;
      found.add(there);
      walk(there, step);
    }
  };
  walk(id, (edge) => [edge.from, edge.to]);
  walk(id, (edge) => [edge.to, edge.from]);
  return found;
}
