import type { DocumentStore } from '../../store/ports/documents.ts';
import type { Delivery } from '../../store/ports/outbox.ts';
import type { DeliveryResult } from '../channels/channel.ts';
import type { OpenChannel } from '../channels/open.ts';

export type DeliveryDeps = {
  readonly documents: Pick<DocumentStore, 'get'>;
  readonly openChannel: OpenChannel;
  readonly nowMs: () => number;
};

/** `project/channel@version` of channels whose receiver answered that it wants nothing more. */
export type GoneChannels = Set<string>;

/**
 * One attempt, through the channel as its document is now. A channel that answered 410 is off in this process until its
 * document has a new version; after a restart it is asked once more, and says so again.
 */
export async function attemptDelivery(
  deps: DeliveryDeps,
  delivery: Delivery,
  gone: GoneChannels,
  signal: AbortSignal,
): Promise<DeliveryResult> {
  const { channel: name, message } = delivery;
  const stored = await deps.documents.get(message.project, 'Channel', name);
  if (stored === undefined) return { kind: 'refused', reason: 'its channel does not exist any more' };
  const version = `${message.project}/${name}@${stored.version}`;
  if (gone.has(version))
    return { kind: 'refused', reason: 'the receiver is gone (410); change its document' };
  const opening = deps.openChannel(stored.document.spec);
  // A secret is put right by a person, within the day that a delivery is tried.
  if (opening.kind === 'unusable') return { kind: 'retry', reason: opening.reason };
  try {
    const attempt = { number: delivery.attempts, nowMs: deps.nowMs(), signal };
    const result = await opening.channel.deliver(message, delivery.id, attempt);
    if (result.kind === 'gone') gone.add(version);
    return result;
  } catch (error) {
    return { kind: 'retry', reason: error instanceof Error ? error.message : 'unknown trouble' };
  }
}
