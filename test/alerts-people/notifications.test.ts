import { describe, expect, it } from 'vitest';
import { messageOf, notificationsFor } from '../../alerts/outbox/notifications.ts';
import { channelSpec } from '../../model/documents/channel.ts';
import { incident, signal, T0 } from './fixtures.ts';

const channel = (name: string, more: object) => ({
  name,
  spec: channelSpec.parse({ kind: 'webhook', url: 'https://example.org/', secretEnv: 'S', ...more }),
});
const NOBODY: ReadonlySet<string> = new Set();

describe('which channels get the news', () => {
  const channels = [
    channel('all', {}),
    channel('pages', { severities: ['page'] }),
    channel('loans-only', { systems: ['loans'] }),
    channel('logs', { severities: ['log'] }),
  ];
  it('goes by severity and system, and says why one is skipped', () => {
    expect(notificationsFor(incident, 'opened', channels, NOBODY)).toEqual([
      { kind: 'notify', channel: 'all' },
      { kind: 'notify', channel: 'pages' },
      { kind: 'skip', channel: 'loans-only', reason: 'system' },
      { kind: 'skip', channel: 'logs', reason: 'severity' },
    ]);
  });
  it('tells the end to whoever was told the beginning, whatever the severity is by then', () => {
    const calmer = { ...incident, severity: 'ticket' as const };
    const pagesOf = (told: ReadonlySet<string>) => notificationsFor(calmer, 'resolved', channels, told)[1];
    expect(pagesOf(NOBODY)).toEqual({ kind: 'skip', channel: 'pages', reason: 'severity' });
    expect(pagesOf(new Set(['pages']))).toEqual({ kind: 'notify', channel: 'pages' });
  });
});

describe('the message', () => {
  it('lists what fires before what recovered, grave before slight, and counts the rest', () => {
    const many = Array.from({ length: 9 }, (_, i) => ({
      ...signal,
      key: `t${i}`,
      severity: 'ticket' as const,
    }));
    const recovered = { ...signal, subject: 'recovered', firing: false };
    const signals = [recovered, ...many, { ...signal, subject: 'worst' }];
    const news = {
      incident: { ...incident, signals },
      reason: 'opened',
      sequence: 1,
      sentence: 's',
      atMs: T0,
    } as const;
    const told = messageOf(news);
    expect(told.signals.map(({ subject }) => subject)).toEqual(['worst', ...Array(9).fill('distance')]);
    expect(told.signalsLeftOut).toBe(1);
    expect(told.affectedDecisions).toBeNull();
  });
  it('does not let a shadowed action read as a deed', () => {
    const plan = { kind: 'rollback', fromVersion: 'v2', toVersion: 'v1' } as const;
    const actions = [{ plan, state: 'shadowed', sentence: 'roll back to v1' } as const];
    const told = messageOf({ incident, reason: 'action', sequence: 1, sentence: 's', atMs: T0, actions });
    expect(told.actions).toEqual(['Not done (shadow): roll back to v1']);
  });
});
