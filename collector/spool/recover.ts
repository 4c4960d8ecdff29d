import type { Emit } from '../events.ts';
import type { SpoolFiles } from './files.ts';
import { CUT_SHORT, type Damage, scanSegment } from './frame.ts';
import { type Segment, SegmentContents } from './segment.ts';

export const SEGMENT_NAME = /^(\d{12})\.seg$/;
export const QUARANTINE = 'quarantine';
/** Files that are made anew from segments: worth nothing after a crash. */
const DERIVED = /\.(rows|new)$/;

/**
 * What an earlier process left behind, oldest first. The last segment may end in a torn frame, which was never
 * acknowledged: it is cut. Damage anywhere else is set aside, told, and the frames around it go on.
 */
export async function recoverSegments(directory: string, files: SpoolFiles, emit: Emit): Promise<Segment[]> {
  const all = await files.list(directory);
  for (const name of all) if (DERIVED.test(name)) await files.remove(`${directory}/${name}`);
  const names = all.filter((name) => SEGMENT_NAME.test(name)).sort();
  const segments: Segment[] = [];
  for (const name of names) {
    const path = `${directory}/${name}`;
    const bytes = await files.read(path);
    const { frames, damage } = scanSegment(bytes);
    const torn = name === names.at(-1) ? tornTail(bytes, damage) : undefined;
    if (torn) emit({ kind: 'tail_cut', segment: name, bytes: torn.bytes.length });
    const lost = damage.filter((one) => one !== torn);
    await setAside(directory, name, lost, files, emit);
    if (frames.length === 0) {
      await files.remove(path);
      continue;
    }
    if (damage.length > 0)
      await files.replace(
        path,
        frames.map((frame) => frame.bytes),
      );
    const contents = new SegmentContents();
    for (const { header } of frames) contents.add(header);
    segments.push({
      name,
      path,
      bytes: frames.reduce((sum, frame) => sum + frame.bytes.length, 0),
      contents,
      isRecovered: true,
    });
  }
  return segments;
}

/**
 * The damage at the very end of the newest segment, if it is no more than the write that the crash cut off: a piece of
 * a frame, or a length without a byte in it. A frame of its full length may just as well be one that was acknowledged
 * and has rotted since, so that one is kept and told.
 */
function tornTail(segment: Buffer, damage: readonly Damage[]): Damage | undefined {
  const last = damage.at(-1);
  if (!last || last.at + last.bytes.length < segment.length) return undefined;
  return last.why === CUT_SHORT || last.bytes.every((byte) => byte === 0) ? last : undefined;
}

/** Damaged bytes are kept for a person to look at, never thrown away: on disk before they are cut out of their segment. */
export async function setAside(
  directory: string,
  segment: string,
  damage: readonly Damage[],
  files: SpoolFiles,
  emit: Emit,
): Promise<void> {
  if (damage.length === 0) return;
  await files.makeDirectory(`${directory}/${QUARANTINE}`);
  for (const { at, bytes, why } of damage) {
    await files.replace(`${directory}/${QUARANTINE}/${segment}.${at}.damaged`, [bytes]);
    emit({ kind: 'segment_quarantined', segment, bytes: bytes.length, sentence: `${why} at byte ${at}` });
  }
}
