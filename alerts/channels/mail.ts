import { createTransport } from 'nodemailer';
import type { ChannelSpec } from '../../model/documents/channel.ts';
import type { NotificationMessage } from '../../store/ports/outbox.ts';
import { judgeAddress } from './address-guard.ts';
import { type ChannelOpening, DEADLINE_MS, type DeliveryResult, type SecretReader } from './channel.ts';
import { render } from './render.ts';
import { oneLine } from './text.ts';

export type MailSpec = Extract<ChannelSpec, { kind: 'mail' }>;
export type MailDeps = {
  readonly secret: SecretReader;
  readonly publicUrl: string;
  readonly deadlineMs?: number;
};

const CONNECT_MS = 10_000;
const HEADER_CHARS = 300;
/** A wrong password is put right by a person; asking every few seconds locks accounts. */
const AFTER_AUTH_MS = 300_000;

/** Over SMTP. The Message-ID belongs to the delivery, so that a receiver that saw the first attempt drops the second. */
export function openMail(spec: MailSpec, deps: MailDeps): ChannelOpening {
  const password = spec.passwordEnv === undefined ? undefined : deps.secret(spec.passwordEnv);
  if (spec.passwordEnv !== undefined && (password === undefined || password === '')) {
    return {
      kind: 'unusable',
      reason: `the environment variable ${spec.passwordEnv} (its password) is not set`,
    };
  }
  if (spec.user !== undefined && password === undefined) {
    return { kind: 'unusable', reason: 'it names a user and no passwordEnv' };
  }
  const deadlineMs = deps.deadlineMs ?? DEADLINE_MS.mail;
  return {
    kind: 'ready',
    channel: {
      async deliver(message, idempotencyKey, { signal }) {
        const transport = createTransport({
          host: spec.host,
          port: spec.port,
          secure: spec.secure,
          // A password never crosses a network in the clear; on this host there is nobody to listen.
          requireTLS: spec.user !== undefined && !isLoopback(spec.host),
          ...(spec.user === undefined ? {} : { auth: { user: spec.user, pass: password ?? '' } }),
          connectionTimeout: Math.min(CONNECT_MS, deadlineMs),
          greetingTimeout: Math.min(CONNECT_MS, deadlineMs),
          dnsTimeout: Math.min(CONNECT_MS, deadlineMs),
          socketTimeout: deadlineMs,
          socketCloseTimeout: 0,
          disableFileAccess: true,
          disableUrlAccess: true,
        });
        try {
          const deadline = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
          const mail = compose(spec, message, idempotencyKey, deps.publicUrl);
          const { rejected } = await transport.sendMail({ ...mail, signal: deadline });
          const note = rejected.length === 0 ? '' : `refused for ${rejected.map(String).join(', ')}`;
          return { kind: 'sent', note: oneLine(note, HEADER_CHARS) };
        } catch (error) {
          return resultOf(error, deadlineMs);
        } finally {
          transport.close();
        }
      },
    },
  };
}

function compose(spec: MailSpec, message: NotificationMessage, idempotencyKey: string, publicUrl: string) {
  const { subject, text, html } = render(message, publicUrl);
  const domain = domainOf(spec.from);
  // Nothing was ever sent under this id: it is the root that all mails of the incident refer to, so that
  // they form one thread whichever of them comes first, or comes at all.
  const thread = `<incident-${message.incident}.${message.project}.leeway@${domain}>`;
  return {
    from: oneLine(spec.from, HEADER_CHARS),
    to: spec.to.map((address) => oneLine(address, HEADER_CHARS)),
    subject,
    text,
    html,
    messageId: `<${idempotencyKey}.leeway@${domain}>`,
    references: thread,
    inReplyTo: thread,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'X-Leeway-Incident': String(message.incident),
      'List-Id': `Leeway incidents <${message.project}.incidents.leeway.${domain}>`,
    },
  };
}

/** Of `Leeway <leeway@example.org>`: `example.org`. */
function domainOf(from: string): string {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1];
  return domain ?? 'leeway.invalid';
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' ||
  host === '::1' ||
  (host.startsWith('127.') && judgeAddress(host).kind === 'refused');

type SmtpError = {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly message: string;
};

/** RFC 5321 § 4.2.1: 4yz may succeed later, 5yz will not. Without an answer nothing is known, so it is tried again. */
function resultOf(error: unknown, deadlineMs: number): DeliveryResult {
  const { code, responseCode, response, message } = error as SmtpError;
  if (code === 'EABORT' || (error instanceof Error && error.name === 'TimeoutError')) {
    return { kind: 'retry', reason: `no answer within ${deadlineMs / 1_000} s` };
  }
  const said = oneLine(response ?? message, HEADER_CHARS);
  if (code === 'EAUTH') return { kind: 'retry', reason: `login: ${said}`, afterMs: AFTER_AUTH_MS };
  if (responseCode !== undefined && responseCode >= 500) return { kind: 'refused', reason: said };
  return { kind: 'retry', reason: code === undefined ? said : `${code}: ${said}` };
}
