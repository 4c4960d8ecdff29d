import type { RouteMode } from '../model/decision.ts';

/** What to do until Leeway says otherwise, and again when it has not been heard for too long. */
export type SafeOrders = { readonly modelVersion: string; readonly route: RouteMode };

/** Which version to decide with, and whether a person must look; and how much that word is worth. */
export type Orders = SafeOrders & {
  /** `leeway`: heard within `refreshMs`; `stale`: older, within `maxStaleMs`; `fallback`: your own safe orders. */
  readonly source: 'leeway' | 'stale' | 'fallback';
  /** A sentence for a log line. */
  readonly reason: string;
  readonly incident: string | undefined;
};

/** One system's two flags as last heard. */
export type Heard = {
  readonly modelVersion: string | undefined;
  readonly route: RouteMode | undefined;
  readonly reason: string;
  readonly incident: string | undefined;
};

export type Snapshot = { readonly heardAtMs: number; readonly systems: ReadonlyMap<string, Heard> };

export type OrdersLimits = { readonly refreshMs: number; readonly maxStaleMs: number };

/** Pure: the last snapshot, its age and the safe orders → what to do now. Half an answer is filled from the safe orders. */
export function ordersFrom(
  system: string,
  safe: SafeOrders,
  snapshot: Snapshot | undefined,
  { refreshMs, maxStaleMs }: OrdersLimits,
  nowMs: number,
): Orders {
  const fallback = (reason: string): Orders => ({ ...safe, source: 'fallback', reason, incident: undefined });
  if (snapshot === undefined) return fallback('Leeway has not answered yet');
  const ageMs = Math.max(0, nowMs - snapshot.heardAtMs);
  if (ageMs > maxStaleMs) return fallback(`Leeway was last heard ${Math.round(ageMs / 1_000)} s ago`);
  const heard = snapshot.systems.get(system);
  if (heard === undefined)
    return fallback(`Leeway has no gate for ${system}: it gets one with its first deployment`);
  return {
    modelVersion: heard.modelVersion ?? safe.modelVersion,
    route: heard.route ?? safe.route,
    source: ageMs > refreshMs * 2 ? 'stale' : 'leeway',
    reason: heard.reason,
    incident: heard.incident,
  };
}

/** The body of OFREP's bulk evaluation → flags by system. Anything else in it is passed over. */
export function readFlags(body: unknown): ReadonlyMap<string, Heard> {
  const systems = new Map<string, Heard>();
  if (!isObject(body) || !Array.isArray(body['flags'])) return systems;
  for (const flag of body['flags']) {
    if (!isObject(flag) || typeof flag['key'] !== 'string' || typeof flag['value'] !== 'string') continue;
    const { key, value } = flag as { key: string; value: string };
    const dot = key.lastIndexOf('.');
    const name = key.slice(dot + 1);
    const system = key.slice(0, dot);
    const before = systems.get(system);
    const metadata = isObject(flag['metadata']) ? flag['metadata'] : {};
    const heard: Heard = {
      modelVersion: name === 'model-version' && value !== '' ? value : before?.modelVersion,
      route: name === 'route' && (value === 'auto' || value === 'review') ? value : before?.route,
      reason: String(metadata['reason'] ?? before?.reason ?? ''),
      incident: metadata['incident'] === undefined ? before?.incident : String(metadata['incident']),
    };
    if (dot > 0) systems.set(system, heard);
  }
  return systems;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
