import type { Heatmap } from '../api/contract.ts';

export const HEAT_LEVELS = 7;

/**
 * 0 is calm, 6 is far over. The limit sits between level 3 and 4, so that the upper half of the ramp is what has
 * passed it; twice the limit and more is the top.
 */
export function heatLevel(value: number, limit: number): number {
  if (!(limit > 0) || !Number.isFinite(value)) return 0;
  const ratio = Math.max(0, value) / limit;
  if (ratio < 1) return Math.min(3, Math.floor(ratio * 4));
  return ratio < 1.5 ? 4 : ratio < 2 ? 5 : 6;
}

export type CellLook =
  | { readonly kind: 'value'; readonly level: number; readonly over: boolean }
  /** Looked at, and too few to tell. */
  | { readonly kind: 'thin' }
  /** Could not be looked at. */
  | { readonly kind: 'blind' }
  /** Nothing there. */
  | { readonly kind: 'empty' };

type Cell = Heatmap['cells'][number][number];

export function cellLook(cell: Cell | undefined, limit: number): CellLook {
  if (!cell) return { kind: 'empty' };
  if (cell.verdict === 'not_enough_data') return { kind: 'thin' };
  if (cell.verdict === 'blind' || cell.value === null || !Number.isFinite(cell.value))
    return { kind: 'blind' };
  return { kind: 'value', level: heatLevel(cell.value, limit), over: cell.verdict !== 'ok' };
}

export type GridPlace = { readonly row: number; readonly column: number };

/** Where an arrow key leads; `null` for keys that are not ours. */
export function moveInGrid(key: string, at: GridPlace, rows: number, columns: number): GridPlace | null {
  const row = (n: number): number => Math.max(0, Math.min(rows - 1, n));
  const column = (n: number): number => Math.max(0, Math.min(columns - 1, n));
  switch (key) {
    case 'ArrowUp':
      return { ...at, row: row(at.row - 1) };
    case 'ArrowDown':
      return { ...at, row: row(at.row + 1) };
    case 'ArrowLeft':
      return { ...at, column: column(at.column - 1) };
    case 'ArrowRight':
      return { ...at, column: column(at.column + 1) };
    case 'Home':
      return { ...at, column: 0 };
    case 'End':
      return { ...at, column: column(columns - 1) };
    default:
      return null;
  }
}
