import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import type { DeliveryResult } from '../../alerts/channels/channel.ts';
import { channelOpener } from '../../alerts/channels/open.ts';
import { channelSpec } from '../../model/documents/channel.ts';
import type { NotificationMessage } from '../../store/ports/outbox.ts';
import { message } from './fixtures.ts';

type Received = { readonly from: string; readonly to: readonly string[]; readonly raw: string };
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

type Behaviour = {
  /** SMTP reply code with which the recipient or the data is refused. */
  readonly refuseRecipient?: (address: string) => number | undefined;
  readonly refuseData?: number;
  readonly login?: { readonly user: string; readonly password: string };
};
async function smtp(behaviour: Behaviour = {}): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = [];
  const { login } = behaviour;
  const server = new SMTPServer({
    disabledCommands: login === undefined ? ['AUTH', 'STARTTLS'] : ['STARTTLS'],
    allowInsecureAuth: true,
    authOptional: login === undefined,
    logger: false,
    onAuth(auth, _session, done) {
      const isRight = auth.username === login?.user && auth.password === login?.password;
      if (isRight) return done(null, { user: auth.username });
      done(Object.assign(new Error('bad credentials'), { responseCode: 535 }));
    },
    onRcptTo({ address }, _session, done) {
      const code = behaviour.refuseRecipient?.(address);
      done(code === undefined ? null : Object.assign(new Error(`no ${address}`), { responseCode: code }));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (behaviour.refuseData !== undefined) {
          done(Object.assign(new Error('not now'), { responseCode: behaviour.refuseData }));
          return;
        }
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? '' : mailFrom.address;
        received.push({
          from,
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  closers.push(() => server.close());
  return { port: (server.server.address() as AddressInfo).port, received };
}

type Given = {
  readonly message?: NotificationMessage;
  readonly id?: string;
  readonly spec?: object;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
};
function open(port: number, given: Given) {
  const spec = channelSpec.parse({
    kind: 'mail',
    from: 'Leeway <leeway@example.org>',
    to: ['oncall@example.org'],
    host: '127.0.0.1',
    port,
    ...given.spec,
  });
  return channelOpener({
    secret: (name) => given.secrets?.[name],
    publicUrl: 'https://leeway.example.org',
    ...(given.deadlineMs === undefined ? {} : { deadlineMs: given.deadlineMs }),
  })(spec);
}
async function deliver(port: number, given: Given = {}): Promise<DeliveryResult> {
  const opening = open(port, given);
  if (opening.kind === 'unusable') throw new Error(opening.reason);
  const attempt = { number: 1, nowMs: Date.now(), signal: new AbortController().signal };
  return opening.channel.deliver(given.message ?? message, given.id ?? 'd-1', attempt);
}
/** Headers of a raw message, unfolded (RFC 5322 § 2.2.3), names in lower case. */
function headersOf(raw: string): Map<string, string[]> {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ');
  const headers = new Map<string, string[]>();
  for (const line of head.split('\r\n')) {
    const name = line.slice(0, line.indexOf(':')).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(line.indexOf(':') + 1).trim()]);
  }
  return headers;
}

describe('a mail', () => {
  it('says what moved, since when, who is affected, what was done, and where to look', async () => {
    const { port, received } = await smtp();
    expect(await deliver(port)).toEqual({ kind: 'sent', note: '' });
    const [mail] = received;
    const text = (mail?.raw ?? '').replace(/=\r\n/g, '').replaceAll('=3D', '=');
    expect(mail).toMatchObject({ from: 'leeway@example.org', to: ['oncall@example.org'] });
    expect(text).toContain('Correctness burns 14 times as fast as it may.');
    expect(text).toContain('distance: psi 0.8123 (limit 0.25), n = 1200, since 2026-03-04 03:36 UTC');
    expect(text).toContain('Since: 2026-03-04 03:36 UTC (1h30m)');
    expect(text).toContain('Decisions affected: 431');
    expect(text).toContain('Rolled back from v2 to v1.');
    expect(text).toContain('https://leeway.example.org/incidents/12');
    expect(text).toMatch(/Content-Type: text\/plain/);
    expect(text).toMatch(/Content-Type: text\/html/);
  });

  it('has the same Message-ID in every attempt, and one thread per incident', async () => {
    const { port, received } = await smtp();
    await deliver(port, { id: 'd-1' });
    await deliver(port, { id: 'd-1' });
    await deliver(port, { id: 'd-2', message: { ...message, reason: 'resolved' } });
    const headers = received.map(({ raw }) => headersOf(raw));
    expect(headers.map((h) => h.get('message-id'))).toEqual([
      ['<d-1.leeway@example.org>'],
      ['<d-1.leeway@example.org>'],
      ['<d-2.leeway@example.org>'],
    ]);
    const thread = ['<incident-12.default.leeway@example.org>'];
    for (const h of headers) {
      expect(h.get('references')).toEqual(thread);
      expect(h.get('in-reply-to')).toEqual(thread);
      expect(h.get('auto-submitted')).toEqual(['auto-generated']);
    }
    expect(headers[2]?.get('subject')).toEqual([
      'RESOLVED [Leeway #12] flights burns its correctness budget',
    ]);
  });

  it('cannot be made to say more than it does by a hostile title', async () => {
    const { port, received } = await smtp();
    const hostile = 'x\r\nBcc: evil@example.com\r\n\r\n<script>alert(1)</script>';
    await deliver(port, { message: { ...message, title: hostile, sentence: hostile } });
    const raw = received[0]?.raw ?? '';
    expect(received[0]?.to).toEqual(['oncall@example.org']);
    expect([...headersOf(raw).keys()]).not.toContain('bcc');
    expect(raw.replace(/=\r\n/g, '')).toContain('&lt;script&gt;');
    expect(raw.slice(raw.indexOf('text/html'))).not.toContain('<script>');
  });

  it.each([
    [451, 'retry'],
    [550, 'refused'],
  ])('takes %i at the end of the data as %s', async (code, kind) => {
    const { port } = await smtp({ refuseData: code });
    expect(await deliver(port)).toMatchObject({ kind, reason: expect.stringContaining('not now') });
  });
  it.each([
    [450, 'retry'],
    [550, 'refused'],
  ])('takes %i for its only recipient as %s', async (code, kind) => {
    const { port } = await smtp({ refuseRecipient: () => code });
    expect(await deliver(port)).toMatchObject({ kind });
  });
  it('counts as sent when one of two recipients is refused, and says which', async () => {
    const { port } = await smtp({ refuseRecipient: (to) => (to.startsWith('gone') ? 550 : undefined) });
    const spec = { to: ['oncall@example.org', 'gone@example.org'] };
    expect(await deliver(port, { spec })).toEqual({ kind: 'sent', note: 'refused for gone@example.org' });
  });

  it('tries again when the server says nothing at all', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    closers.push(() => silent.close());
    const { port } = silent.address() as AddressInfo;
    expect(await deliver(port, { deadlineMs: 150 })).toMatchObject({ kind: 'retry' });
  });
  it('logs in, and takes a wrong password for something that a person puts right', async () => {
    const { port, received } = await smtp({ login: { user: 'leeway', password: 'right' } });
    const spec = { user: 'leeway', passwordEnv: 'SMTP_PASSWORD' };
    expect(await deliver(port, { spec, secrets: { SMTP_PASSWORD: 'right' } })).toMatchObject({
      kind: 'sent',
    });
    const wrong = await deliver(port, { spec, secrets: { SMTP_PASSWORD: 'hunter2' } });
    expect(wrong).toMatchObject({ kind: 'retry', afterMs: 300_000 });
    expect(JSON.stringify(wrong)).not.toContain('hunter2');
    expect(received).toHaveLength(1);
  });
  it('names the variable that holds no password', () => {
    const opening = open(1, { spec: { user: 'leeway', passwordEnv: 'SMTP_PASSWORD' } });
    expect(opening).toEqual({
      kind: 'unusable',
      reason: 'the environment variable SMTP_PASSWORD (its password) is not set',
    });
  });
});
