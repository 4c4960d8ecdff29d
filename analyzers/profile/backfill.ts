import type { Backfill } from '../../store/ports/backfills.ts';
import type { ProfileLevels } from '../../store/ports/profiles.ts';
import type { TickContext } from '../deps.ts';
import { chunksOf, VOLUME_BUCKET_MS } from './plan.ts';
import { summariseAgain } from './summarise.ts';

/** Pieces made again in one tick, so that what is new is not kept waiting. */
const CHUNKS_PER_TICK = 4;
const ERROR_CHARS = 500;

export type BackfillStep = { readonly worked: boolean; readonly more: boolean };

/** Goes on with the oldest backfill of the system. Its progress is saved after each piece, so a crash repeats one. */
export async function backfillStep(
  context: TickContext,
  levels: ProfileLevels | undefined,
  until: { readonly profiledUntilMs: number; readonly computedAtMs: number },
): Promise<BackfillStep> {
  const { stores, project, system, nowMs } = context;
  const asked = await stores.backfills?.next(project, system);
  if (!stores.backfills || !asked) return { worked: false, more: false };
  try {
    const after = await work(context, asked, levels, until);
    await stores.backfills.save(after, nowMs());
    return { worked: true, more: after.state === 'running' };
  } catch (error) {
    // Told where it was asked for; it is asked for anew when its cause is gone.
    const lastError = String(error).slice(0, ERROR_CHARS);
    await stores.backfills.save({ ...asked, state: 'failed', lastError }, nowMs());
    return { worked: true, more: false };
  }
}

async function work(
  context: TickContext,
  asked: Backfill,
  levels: ProfileLevels | undefined,
  until: { readonly profiledUntilMs: number; readonly computedAtMs: number },
): Promise<Backfill> {
  const { stores, project, system, nowMs } = context;
  // Minutes that are not closed yet are summarised when they are.
  const toMs = Math.min(asked.toMs, until.profiledUntilMs);
  const rest = { fromMs: asked.doneUntilMs, toMs };
  if (rest.toMs <= rest.fromMs) return { ...asked, doneUntilMs: asked.toMs, state: 'done' };
  const volume = await stores.profiles.volume(project, system, rest, VOLUME_BUCKET_MS);
  let at = asked;
  const chunks = chunksOf(rest, volume);
  for (const chunk of chunks.slice(0, CHUNKS_PER_TICK)) {
    await summariseAgain(context, [chunk], levels, until.computedAtMs);
    at = { ...at, doneUntilMs: chunk.toMs, state: 'running' };
    await stores.backfills?.save(at, nowMs());
  }
  return chunks.length <= CHUNKS_PER_TICK ? { ...at, doneUntilMs: asked.toMs, state: 'done' } : at;
}
