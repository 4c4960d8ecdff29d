import type { ChannelSpec } from '../../model/documents/channel.ts';
import { type ChannelOpening, DEADLINE_MS, type DeliveryResult, type SecretReader } from './channel.ts';
import { cloudEvent } from './cloud-event.ts';
import { type PostAnswer, post, type Resolve } from './http-post.ts';
import { retryAfterMs } from './retry-after.ts';
import { parseSigningKeys, signWebhook } from './signature.ts';

export type WebhookSpec = Extract<ChannelSpec, { kind: 'webhook' }>;
export type WebhookDeps = {
  readonly secret: SecretReader;
  readonly publicUrl: string;
  readonly resolve: Resolve;
  readonly deadlineMs?: number;
};

/** A CloudEvent in a POST that is signed as Standard Webhooks 1.0 asks. */
export function openWebhook(spec: WebhookSpec, deps: WebhookDeps): ChannelOpening {
  const secret = deps.secret(spec.secretEnv);
  if (secret === undefined || secret === '') {
    return { kind: 'unusable', reason: `the environment variable ${spec.secretEnv} (its secret) is not set` };
  }
  const signing = parseSigningKeys(secret);
  if (signing.kind === 'unusable') {
    return { kind: 'unusable', reason: `the environment variable ${spec.secretEnv} ${signing.reason}` };
  }
  const url = new URL(spec.url);
  return {
    kind: 'ready',
    channel: {
      async deliver(message, idempotencyKey, { nowMs, signal }) {
        const body = cloudEvent(message, idempotencyKey, deps.publicUrl);
        const headers = {
          'content-type': 'application/cloudevents+json; charset=utf-8',
          'user-agent': 'leeway',
          ...signWebhook(signing.keys, idempotencyKey, Math.floor(nowMs / 1_000), body),
        };
        const answer = await post(url, {
          headers,
          body,
          signal,
          allowPrivateNetwork: spec.allowPrivateNetwork,
          resolve: deps.resolve,
          deadlineMs: deps.deadlineMs ?? DEADLINE_MS.webhook,
        });
        return resultOf(answer, nowMs);
      },
    },
  };
}

/** Statuses below 500 that speak of now and not of the request: timeout, conflict, too early, too many. */
const PASSING = new Set([408, 409, 423, 425, 429]);

function resultOf(answer: PostAnswer, nowMs: number): DeliveryResult {
  if (answer.kind === 'forbidden') return { kind: 'refused', reason: answer.reason };
  if (answer.kind === 'failed') return { kind: 'retry', reason: answer.reason };
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: 'sent', note: '' };
  if (status === 410) return { kind: 'gone', reason: 'answered 410 Gone' };
  if (status >= 300 && status < 400) {
    const to = answer.location === undefined ? '' : ` to ${answer.location.slice(0, 200)}`;
    return { kind: 'refused', reason: `answered ${status}${to}; redirects are not followed` };
  }
  if (status < 500 && !PASSING.has(status)) return { kind: 'refused', reason: `answered ${status}` };
  const afterMs = retryAfterMs(answer.retryAfter, nowMs);
  return { kind: 'retry', reason: `answered ${status}`, ...(afterMs === undefined ? {} : { afterMs }) };
}
