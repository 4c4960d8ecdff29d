import type { ChannelSpec } from '../../model/documents/channel.ts';
import type { ChannelOpening, SecretReader } from './channel.ts';
import { type Resolve, resolveHost } from './http-post.ts';
import { openMail } from './mail.ts';
import { openWebhook } from './webhook.ts';

export type ChannelDeps = {
  readonly secret: SecretReader;
  /** Where people open the dashboard: `https://leeway.example.org`. */
  readonly publicUrl: string;
  readonly resolve?: Resolve;
  /** How long an attempt may take; each kind's own limit when absent. */
  readonly deadlineMs?: number;
};

export type OpenChannel = (spec: ChannelSpec) => ChannelOpening;

/** Opened for each attempt: a secret that was put right, or a document that was changed, counts from the next one. */
export const channelOpener =
  (deps: ChannelDeps): OpenChannel =>
  (spec) =>
    spec.kind === 'mail' ? openMail(spec, deps) : openWebhook(spec, { resolve: resolveHost, ...deps });
