import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DocumentInput } from '../../model/documents/document.ts';
import { projectId } from '../../model/ids.ts';
import type { LiveEvent } from '../../store/ports/live.ts';
import type { PostgresDb } from '../../store/ports/postgres.ts';
import { createAuditLog } from '../../store/postgres/audit.ts';
import { createDocumentStore } from '../../store/postgres/documents.ts';
import { createLiveBus } from '../../store/postgres/live.ts';
import { connectPostgres } from '../../store/postgres/pool.ts';
import { createTokenStore } from '../../store/postgres/tokens.ts';
import { freshPostgres, freshPostgresUrl } from '../support/stores.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const [ours, theirs] = [projectId.parse('ours'), projectId.parse('theirs')];

const system = (name: string, allowedLateness: string): DocumentInput => ({
  apiVersion: 'leeway.dev/v1',
  kind: 'System',
  metadata: { name },
  spec: { allowedLateness },
});

describe('documents', () => {
  let db: PostgresDb;
  const stores = () => {
    const [audit, live] = [createAuditLog(db), createLiveBus(db)];
    return { audit, live, documents: createDocumentStore(db, audit, live) };
  };
  beforeAll(async () => {
    db = await freshPostgres();
  });

  it('keep what was written and give it parsed, with a version for each change', async () => {
    const { documents } = stores();
    const apply = (lateness: string) =>
      documents.apply(ours, [system('flights', lateness)], 'ann', NOW).then((changes) => changes[0]);
    expect(await apply('2m')).toEqual({ kind: 'System', name: 'flights', change: 'created', version: 1 });
    expect(await apply('2m')).toEqual({ kind: 'System', name: 'flights', change: 'unchanged', version: 1 });
    expect(await apply('3m')).toEqual({ kind: 'System', name: 'flights', change: 'changed', version: 2 });
    const stored = await documents.get(ours, 'System', 'flights');
    expect(stored).toMatchObject({
      source: system('flights', '3m'),
      version: 2,
      createdBy: 'ann',
      createdAtMs: NOW,
    });
    expect(stored?.document.spec.allowedLateness).toBe(180_000);
  });

  it('are the same whatever the order of their keys', async () => {
    const { documents } = stores();
    const written = system('ordered', '2m');
    await documents.apply(ours, [written], 'ann', NOW);
    const reversed = Object.fromEntries(Object.entries(written).reverse()) as DocumentInput;
    expect(await documents.apply(ours, [reversed], 'ann', NOW)).toMatchObject([{ change: 'unchanged' }]);
  });

  it('tell what a dry run would do and write nothing', async () => {
    const { documents } = stores();
    const dry = await documents.apply(ours, [system('dry', '2m')], 'ann', NOW, { dryRun: true });
    expect(dry).toEqual([{ kind: 'System', name: 'dry', change: 'created', version: 1 }]);
    expect(await documents.get(ours, 'System', 'dry')).toBeUndefined();
  });

  it('belong to one project', async () => {
    const { documents } = stores();
    await documents.apply(theirs, [system('hidden', '2m')], 'bob', NOW);
    expect(await documents.get(ours, 'System', 'hidden')).toBeUndefined();
    expect((await documents.list(theirs, 'System')).map(({ document }) => document.metadata.name)).toEqual([
      'hidden',
    ]);
  });

  it('are all applied or none, with every reason at once', async () => {
    const { documents } = stores();
    const sources = [system('good', '2m'), system('bad', 'soon'), { kind: 'Nonsense' } as never];
    const refused = documents.apply(ours, sources, 'ann', NOW);
    await expect(refused).rejects.toMatchObject({ reason: 'config_invalid' });
    await expect(refused).rejects.toThrow(/document 2: spec\.allowedLateness.*\n?[\s\S]*document 3: kind/);
    expect(await documents.get(ours, 'System', 'good')).toBeUndefined();
    await expect(
      documents.apply(ours, [system('one', '1m'), system('one', '2m')], 'ann', NOW),
    ).rejects.toThrow(/System\/one is there twice/);
  });

  it('leave an audit entry and a live event for each change, none for what stayed', async () => {
    const { documents, audit, live } = stores();
    const project = projectId.parse('audited');
    await documents.apply(project, [system('a', '1m'), system('b', '1m')], 'ann', NOW);
    await documents.apply(project, [system('a', '1m'), system('b', '2m')], 'bob', NOW);
    const entries = await audit.list(project, 10);
    expect(entries.map(({ by, what, subject }) => [by, what, subject])).toEqual([
      ['bob', 'document.applied', 'System/b'],
      ['ann', 'document.applied', 'System/b'],
      ['ann', 'document.applied', 'System/a'],
    ]);
    const { events } = await live.after(project, 0);
    expect(events.map(({ topic, ref }) => `${topic} ${ref}`)).toEqual([
      'document System/a',
      'document System/b',
      'document System/b',
    ]);
  });

  it('applied by many at once get one version after the other', async () => {
    const { documents } = stores();
    const project = projectId.parse('raced');
    const racers = Array.from({ length: 12 }, (_, at) =>
      documents.apply(
        project,
        [system('flights', `${at + 1}m`), system('trains', `${at + 1}m`)],
        `p${at}`,
        NOW,
      ),
    );
    const versions = (await Promise.all(racers)).map((changes) => changes.map(({ version }) => version));
    expect(versions.map(([flights]) => flights).sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 12 }, (_, at) => at + 1),
    );
    // Each apply is one step for both of its documents.
    expect(versions.every(([flights, trains]) => flights === trains)).toBe(true);
    expect(await createAuditLog(db).verify()).toMatchObject({ intact: true });
  });
});

describe('tokens', () => {
  it('are verified, scoped to their project, and stored as a hash only', async () => {
    const db = await freshPostgres();
    const tokens = createTokenStore(db, createAuditLog(db));
    const { id, token } = await tokens.create(ours, 'ci', ['ingest', 'read'], NOW);
    expect(token).toMatch(/^lw_[A-Za-z0-9_-]{43}$/);
    expect(await tokens.verify(token)).toEqual({
      tokenId: id,
      project: ours,
      name: 'ci',
      scopes: ['ingest', 'read'],
    });
    const rows = await db.query<{ hash: Buffer }>('SELECT * FROM access_token');
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(rows[0]?.hash).toEqual(createHash('sha256').update(token).digest());
  });

  it('are refused when unknown, altered, malformed or revoked', async () => {
    const db = await freshPostgres();
    const tokens = createTokenStore(db, createAuditLog(db));
    const { id, token } = await tokens.create(ours, 'ci', ['read'], NOW);
    const altered = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A');
    for (const other of [altered, '', 'lw_', `${token} `, token.toLowerCase(), "lw_' OR 1=1 --"])
      expect(await tokens.verify(other)).toBeUndefined();
    expect(await tokens.revoke(projectId.parse('theirs'), id, NOW)).toBe('unknown');
    expect(await tokens.verify(token)).toBeDefined();
    expect(await tokens.revoke(ours, id, NOW)).toBe('done');
    expect(await tokens.verify(token)).toBeUndefined();
  });

  it('are all different', async () => {
    const db = await freshPostgres();
    const tokens = createTokenStore(db, createAuditLog(db));
    const made = await Promise.all(Array.from({ length: 20 }, () => tokens.create(ours, 'x', ['read'], NOW)));
    expect(new Set(made.map(({ token }) => token)).size).toBe(20);
  });
});

describe('live events', () => {
  const heardOn = async (bus: ReturnType<typeof createLiveBus>, count: number) => {
    const events: LiveEvent[] = [];
    let enough: () => void = () => undefined;
    const all = new Promise<void>((done) => {
      enough = done;
    });
    const stop = await bus.subscribe((event) => {
      events.push(event);
      if (events.length === count) enough();
    });
    return { events, all, stop };
  };

  it('reach every subscriber in every process, in order, once', async () => {
    const url = await freshPostgresUrl();
    const [here, there] = [connectPostgres({ url }), connectPostgres({ url })];
    const [busHere, busThere] = [createLiveBus(here), createLiveBus(there)];
    const listeners = await Promise.all([heardOn(busHere, 30), heardOn(busHere, 30), heardOn(busThere, 30)]);
    const publishing = Array.from({ length: 30 }, (_, at) =>
      (at % 2 === 0 ? busHere : busThere).publish(ours, 'ingest', String(at), NOW + at),
    );
    await Promise.all(publishing);
    for (const { events, all, stop } of listeners) {
      await all;
      const seqs = events.map(({ seq }) => seq);
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
      expect(new Set(events.map(({ ref }) => ref)).size).toBe(30);
      await stop();
    }
    await Promise.all([here.close(), there.close()]);
  });

  it('are replayed from where a screen left off, for its project only', async () => {
    const bus = createLiveBus(await freshPostgres());
    for (const ref of ['1', '2', '3']) await bus.publish(ours, 'incident', ref, NOW);
    await bus.publish(theirs, 'incident', 'secret', NOW);
    const all = await bus.after(ours, 0);
    expect(all.events.map(({ ref, atMs }) => [ref, atMs])).toEqual([
      ['1', NOW],
      ['2', NOW],
      ['3', NOW],
    ]);
    const second = all.events[1]?.seq ?? Number.NaN;
    expect(await bus.after(ours, second)).toMatchObject({ reset: false, events: [{ ref: '3' }] });
  });

  it('say reset when some were dropped meanwhile, and not when none were', async () => {
    const bus = createLiveBus(await freshPostgres());
    for (const at of [1, 2, 3]) await bus.publish(ours, 'slo', String(at), NOW + at);
    const { events } = await bus.after(ours, 0);
    const [first, second, third] = events.map(({ seq }) => seq);
    await bus.trim(NOW + 3);
    expect(await bus.after(ours, first ?? 0)).toMatchObject({ reset: true });
    expect(await bus.after(ours, second ?? 0)).toMatchObject({ reset: false, events: [{ ref: '3' }] });
    await bus.trim(NOW + 4);
    expect(await bus.after(ours, second ?? 0)).toMatchObject({ reset: true, events: [] });
    expect(await bus.after(ours, third ?? 0)).toEqual({ reset: false, events: [] });
    expect(await bus.after(ours, (third ?? 0) + 100)).toMatchObject({ reset: true });
  });

  it('come with their transaction or not at all', async () => {
    const db = await freshPostgres();
    const bus = createLiveBus(db);
    const work = db.transaction(async (tx) => {
      await bus.publish(ours, 'gate', 'flights', NOW, tx);
      throw new RangeError('no');
    });
    await expect(work).rejects.toThrow('no');
    expect((await bus.after(ours, 0)).events).toEqual([]);
  });
});

describe('the audit chain', () => {
  const filled = async (entries: number) => {
    const db = await freshPostgres();
    const audit = createAuditLog(db);
    const details = { ü: 'ß', nested: { z: 1, a: [1.5, null, 'x'] }, big: 1e21, gone: undefined };
    await Promise.all(
      Array.from({ length: entries }, (_, at) =>
        db.transaction((tx) =>
          audit.append(
            { project: ours, by: 'ann', what: 'gate.changed', subject: `s${at}`, details },
            NOW + at,
            tx,
          ),
        ),
      ),
    );
    return { db, audit };
  };

  it('holds when many append at once', async () => {
    const { audit } = await filled(25);
    expect(await audit.verify()).toEqual({ intact: true, entries: 25 });
  });

  it('is what its description says: sha256 over the canonical JSON of the entry and the hash before it', async () => {
    const db = await freshPostgres();
    const audit = createAuditLog(db);
    const entry = { project: ours, by: 'ann', what: 'a.b', subject: 's', details: { b: 1, a: 2 } };
    await db.transaction((tx) => audit.append(entry, NOW, tx));
    const text = `[1,${NOW},"ours","ann","a.b","s",{"a":2,"b":1},"${'0'.repeat(64)}"]`;
    const [first] = await audit.list(ours, 1);
    expect(first).toEqual({
      ...entry,
      seq: 1,
      atMs: NOW,
      hashHex: createHash('sha256').update(text).digest('hex'),
    });
  });

  it.each([
    ['an edited text', `UPDATE audit_entry SET by = 'bob' WHERE seq = 3`, 3],
    ['an edited detail', `UPDATE audit_entry SET details = details || '{"ü": "ss"}' WHERE seq = 4`, 4],
    ['an edited time', `UPDATE audit_entry SET at = at + interval '1 ms' WHERE seq = 2`, 2],
    ['a removed entry', 'DELETE FROM audit_entry WHERE seq = 3', 3],
    ['a removed first entry', 'DELETE FROM audit_entry WHERE seq = 1', 1],
    [
      'two entries that changed places',
      'UPDATE audit_entry SET subject = CASE seq WHEN 2 THEN (SELECT subject FROM audit_entry WHERE seq = 3) ELSE (SELECT subject FROM audit_entry WHERE seq = 2) END WHERE seq IN (2, 3)',
      2,
    ],
    [
      'a hash made anew for one entry',
      `UPDATE audit_entry SET by = 'bob', hash = sha256('x') WHERE seq = 3`,
      3,
    ],
  ])('finds %s', async (_, tamper, firstBadSeq) => {
    const { db, audit } = await filled(5);
    await db.query(tamper);
    expect(await audit.verify()).toEqual({ intact: false, firstBadSeq });
  });

  it('rolls back with its effect', async () => {
    const { db, audit } = await filled(1);
    const entry = { project: ours, by: 'ann', what: 'x', subject: 'y', details: {} };
    await db
      .transaction(async (tx) => {
        await audit.append(entry, NOW, tx);
        throw new RangeError('no');
      })
      .catch(() => undefined);
    await db.transaction((tx) => audit.append(entry, NOW, tx));
    expect(await audit.verify()).toEqual({ intact: true, entries: 2 });
  });

  it('is listed newest first, by project, from before a number', async () => {
    const { audit } = await filled(5);
    expect((await audit.list(ours, 2)).map(({ seq }) => seq)).toEqual([5, 4]);
    expect((await audit.list(ours, 2, 4)).map(({ seq }) => seq)).toEqual([3, 2]);
    expect(await audit.list(theirs, 2)).toEqual([]);
  });
});
