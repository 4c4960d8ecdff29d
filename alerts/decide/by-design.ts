import type { Gate } from '../../model/gate.ts';
import type { Incident } from '../../model/incident.ts';

type SetAside = {
  /** The incident by the signals that say something. */
  readonly incident: Incident;
  /** '' when nothing was set aside. */
  readonly words: string;
};

/**
 * A gate that sends every decision to people makes an automation SLO burn, as it should: it says nothing of whether the
 * trouble is over, and waiting for it to fall silent would keep the gate closed for ever.
 */
export function withoutByDesign(
  incident: Incident,
  gate: Pick<Gate, 'route'> | undefined,
  automation: ReadonlySet<string>,
): SetAside {
  if (gate?.route !== 'review') return { incident, words: '' };
  const aside = incident.signals.filter(({ kind, monitor }) => kind === 'slo' && automation.has(monitor));
  if (aside.length === 0) return { incident, words: '' };
  const signals = incident.signals.filter((signal) => !aside.includes(signal));
  const names = [...new Set(aside.map(({ monitor }) => monitor))].join(', ');
  return {
    incident: { ...incident, signals },
    words: ` ${names} is left out: it burns by design while the gate sends decisions to people.`,
  };
}
