import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProjectId } from '../../model/ids.ts';
import type { RowLayout } from '../../store/ports/loads.ts';
import type { Emit } from '../events.ts';
import { freeNow } from '../memory.ts';
import type { Signal } from '../reasons.ts';
import type { SpoolFiles } from '../spool/files.ts';
import { type Damage, piecesOf, type ScannedFrame } from '../spool/frame.ts';
import { type Layouts, layoutOf, readLayouts } from '../spool/layouts.ts';
import { setAside } from '../spool/recover.ts';
import { type Segment, SegmentContents } from '../spool/segment.ts';

/** Rows of one signal and one layout, out of a segment's frames, as the store reads them. */
export type RowsFile = {
  readonly signal: Signal;
  readonly file: string;
  readonly layout: RowLayout;
  readonly projects: readonly ProjectId[];
};
export type Unpacked = {
  /** sha256 of the segment. */
  readonly batch: string;
  readonly rows: readonly RowsFile[];
  /** What of the segment could be read. */
  readonly readable: SegmentContents;
};

/** Requests are answered on the same thread: after so long at checksums it is theirs again. */
const MOST_BUSY_MS = 2;

type Rows = {
  readonly signal: Signal;
  readonly layout: RowLayout;
  parts: Buffer[];
  projects: Set<ProjectId>;
};

/**
 * Writes the rows of a segment to files beside it. What is damaged, or of columns that nobody can name, is set aside;
 * and the segment's own bytes are given back before the store takes its memory for the load.
 */
export async function unpack(
  segment: Segment,
  { directory, files, emit }: { readonly directory: string; readonly files: SpoolFiles; readonly emit: Emit },
): Promise<Unpacked> {
  const read = await files.read(segment.path);
  const bytes = read.subarray(0, segment.bytes);
  const digest = createHash('sha256');
  const layouts = await readLayouts(directory, files);
  const readable = new SegmentContents();
  const found = new Map<string, Rows>();
  const damage: Damage[] = [];
  let busySinceMs = performance.now();
  for (const piece of piecesOf(bytes)) {
    digest.update(piece.bytes);
    if (piece.kind === 'damage') damage.push(piece);
    else {
      if (addRows(found, piece, layouts) === 'added') readable.add(piece.header);
      else damage.push({ ...piece, why: 'the columns of its rows are not known' });
    }
    if (performance.now() - busySinceMs < MOST_BUSY_MS) continue;
    await nextTurn();
    busySinceMs = performance.now();
  }
  const batch = digest.digest('hex');
  await setAside(directory, segment.name, damage, files, emit);
  const rows: RowsFile[] = [];
  for (const { signal, layout, parts, projects } of found.values()) {
    const file = `${segment.path}.${signal}.${rows.length}.rows`;
    await files.write(file, parts);
    rows.push({ signal, file, layout, projects: [...projects] });
  }
  freeNow(read);
  return { batch, rows, readable };
}

/** All of a frame's rows, or none: signals follow one another in the header's order. */
function addRows(
  found: Map<string, Rows>,
  { header, payload }: ScannedFrame,
  layouts: Layouts,
): 'added' | 'unknown' {
  const known = header.signals.map(({ signal, layout, bytes }) => ({
    signal,
    bytes,
    key: `${signal} ${layout ?? ''}`,
    layout: layoutOf(signal, layout, layouts),
  }));
  if (known.some(({ layout, bytes }) => layout === undefined && bytes > 0)) return 'unknown';
  let at = 0;
  for (const { signal, key, layout, bytes } of known) {
    if (layout === undefined || bytes === 0) continue;
    const rows = found.get(key) ?? { signal, layout, parts: [], projects: new Set() };
    found.set(key, rows);
    rows.parts.push(payload.subarray(at, at + bytes));
    rows.projects.add(header.project);
    at += bytes;
  }
  return 'added';
}
