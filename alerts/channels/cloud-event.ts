import type { NotificationMessage } from '../../store/ports/outbox.ts';
import { incidentUrl } from './render.ts';
import { oneLine } from './text.ts';

/** Ten signals and five actions of this length stay below 20 kB, whatever the script. */
const SENTENCE_CHARS = 300;
const iso = (ms: number): string => new Date(ms).toISOString();

/**
 * CloudEvents 1.0, structured mode. Thin: what a receiver needs to route and to say one sentence, and a link for the rest.
 * `id` is the delivery's idempotency key, so that (source, id) is equal in every attempt and in no two events.
 */
export function cloudEvent(message: NotificationMessage, idempotencyKey: string, publicUrl: string): string {
  const url = incidentUrl(publicUrl, message.incident);
  return JSON.stringify({
    specversion: '1.0',
    id: idempotencyKey,
    source: `${publicUrl.replace(/\/+$/, '')}/projects/${encodeURIComponent(message.project)}`,
    type: `dev.leeway.incident.${message.reason}`,
    subject: `incidents/${message.incident}`,
    time: iso(message.atMs),
    datacontenttype: 'application/json',
    data: {
      incident: message.incident,
      url,
      system: message.system,
      title: oneLine(message.title, SENTENCE_CHARS),
      severity: message.severity,
      state: message.state,
      sentence: oneLine(message.sentence, SENTENCE_CHARS),
      onset: iso(message.onsetMs),
      affectedDecisions: message.affectedDecisions,
      signals: message.signals.map(({ sinceMs, sentence, ...signal }) => ({
        ...signal,
        since: iso(sinceMs),
        sentence: oneLine(sentence, SENTENCE_CHARS),
      })),
      signalsLeftOut: message.signalsLeftOut,
      actions: message.actions.map((action) => oneLine(action, SENTENCE_CHARS)),
    },
  });
}
