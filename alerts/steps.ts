import { type Finding, isFiring } from '../model/finding.ts';

/** Findings of each system up to an instant of event time, after which what they brought to light is acted on. */
export type Step = { readonly endMs: number; readonly bySystem: ReadonlyMap<string, readonly Finding[]> };

/**
 * A page of findings as it would have come live: one window end after the other, all systems side by side, so that a
 * breach which calms within the page is acted on before its calm is known, and a storm is seen as one. Where nothing
 * burns there is nothing to act on: those windows go with the next that do, so a calm history is one step.
 */
export function stepsOf(
  page: ReadonlyMap<string, readonly Finding[]>,
  /** Systems with an open incident: each of their windows is a step. */
  watched: ReadonlySet<string>,
): readonly Step[] {
  const own = [...page].flatMap(([system, findings]) => ownSteps(system, findings, watched.has(system)));
  return [...Map.groupBy(own, ({ endMs }) => endMs)]
    .sort(([a], [b]) => a - b)
    .map(([endMs, steps]) => ({
      endMs,
      bySystem: new Map(steps.map(({ system, findings }) => [system, findings])),
    }));
}

type OwnStep = { readonly system: string; readonly endMs: number; readonly findings: readonly Finding[] };

function ownSteps(system: string, findings: readonly Finding[], isOpen: boolean): readonly OwnStep[] {
  const steps: OwnStep[] = [];
  let waiting: Finding[] = [];
  let isWatched = isOpen;
  const ends = [...Map.groupBy(findings, ({ windowEndMs }) => windowEndMs)].sort(([a], [b]) => a - b);
  ends.forEach(([endMs, ending], i) => {
    waiting.push(...ending);
    isWatched ||= ending.some(({ verdict }) => isFiring(verdict));
    if (!isWatched && i < ends.length - 1) return;
    steps.push({ system, endMs, findings: waiting });
    waiting = [];
  });
  return steps;
}
