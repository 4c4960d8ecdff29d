import type { Ruling } from '../../model/review.ts';
import type { PendingRuling, WhatWasDecided } from '../../store/ports/review.ts';

export type RulingVerdict =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'refused'; readonly reason: 'value_not_allowed' | 'value_is_the_decision' };

/** `values`: what the queue lets a reviewer choose; empty lets everything. */
export function judgeRuling(ruling: Ruling, decisionValue: string, values: readonly string[]): RulingVerdict {
  if (ruling.kind !== 'overturned') return { kind: 'allowed' };
  if (ruling.value === decisionValue) return { kind: 'refused', reason: 'value_is_the_decision' };
  const isListed = values.length === 0 || values.includes(ruling.value);
  return isListed ? { kind: 'allowed' } : { kind: 'refused', reason: 'value_not_allowed' };
}

/**
 * Event time at which a ruling became known: never before its decision, and not behind what is analysed already, so that
 * a replay counts it where the replay is. Without a watermark there is only the clock on the wall.
 */
export const knownAtMs = (decided: WhatWasDecided, nowMs: number): number =>
  Math.max(decided.decisionTimeMs, decided.watermarkMs ?? nowMs);

export const outcomeValue = ({ ruling, decisionValue }: PendingRuling): string =>
  ruling.kind === 'overturned' ? ruling.value : decisionValue;

const SHOWN_CHARS = 80;
const shown = (text: string): string =>
  text.length <= SHOWN_CHARS ? text : `${text.slice(0, SHOWN_CHARS - 1)}…`;

export function rulingSentence(reviewer: string, decisionId: string, value: string, ruling: Ruling): string {
  const decision = `decision ${shown(decisionId)} (${shown(value)})`;
  switch (ruling.kind) {
    case 'confirmed':
      return `${reviewer} confirmed ${decision}.`;
    case 'overturned':
      return `${reviewer} overturned ${decision}: it should have been ${shown(ruling.value)}.`;
    case 'unsure':
      return `${reviewer} could not tell about ${decision}; it waits for somebody else.`;
  }
}
