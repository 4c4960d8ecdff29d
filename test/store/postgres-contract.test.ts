import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { PostgresDb } from '../../store/ports/postgres.ts';
import { migratePostgres, postgresMigrations } from '../../store/postgres/migrate.ts';
import { connectPostgres } from '../../store/postgres/pool.ts';
import { freshPostgresUrl } from '../support/stores.ts';

type Served = { readonly url: string; readonly cut: () => void; readonly stop: () => void };

/** The server behind a TCP address, and a way to cut every connection to it. */
async function overTcp(socketUrl: string): Promise<Served> {
  const directory = new URL(socketUrl).searchParams.get('host') ?? '';
  const open = new Set<Socket>();
  const relay = createServer((near) => {
    const far = connect(`${directory}/.s.PGSQL.5432`);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined);
    }
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const address = relay.address();
  const url = new URL(socketUrl);
  url.search = '';
  url.host = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const cut = (): void => {
    for (const socket of open) socket.destroy();
    open.clear();
  };
  return {
    url: url.href,
    cut,
    stop: () => {
      relay.close();
      cut();
    },
  };
}

/** Awaits the next call of a callback, in order, none lost. */
function calls<T>(): { readonly push: (value: T) => void; readonly next: () => Promise<T> } {
  const values: T[] = [];
  const waiting: ((value: T) => void)[] = [];
  return {
    push: (value) => {
      const take = waiting.shift();
      if (take === undefined) values.push(value);
      else take(value);
    },
    next: () => {
      const value = values.shift();
      return value === undefined ? new Promise((take) => waiting.push(take)) : Promise.resolve(value);
    },
  };
}

describe.each(['the private server, by its socket', 'a given server, by TCP'])('%s', (kind) => {
  let db: PostgresDb;
  let served: Served | undefined;

  beforeAll(async () => {
    const url = await freshPostgresUrl();
    served = kind.includes('TCP') ? await overTcp(url) : undefined;
    db = connectPostgres({ url: served?.url ?? url, maxConnections: 4 });
    await db.query('CREATE TABLE counter (name text PRIMARY KEY, n integer NOT NULL)');
  });
  afterAll(async () => {
    await db.close();
    served?.stop();
  });
  const value = async (name: string): Promise<number | undefined> =>
    (await db.query<{ n: number }>('SELECT n FROM counter WHERE name = $1', [name]))[0]?.n;

  it('binds values and gives rows', async () => {
    const text = "it's; DROP TABLE counter --";
    expect(await db.query('SELECT $1::text AS text, $2::int + 1 AS sum', [text, 41])).toEqual([
      { text, sum: 42 },
    ]);
  });

  it('commits all of a transaction', async () => {
    const answer = await db.transaction(async (tx) => {
      await tx.query(`INSERT INTO counter VALUES ('all', 1)`);
      await tx.query(`UPDATE counter SET n = n + 1 WHERE name = 'all'`);
      return 'done';
    });
    expect([answer, await value('all')]).toEqual(['done', 2]);
  });

  it('rolls back all of it when the work throws, and hands on what was thrown', async () => {
    const thrown = new RangeError('mine');
    const work = db.transaction(async (tx) => {
      await tx.query(`INSERT INTO counter VALUES ('none', 1)`);
      throw thrown;
    });
    await expect(work).rejects.toBe(thrown);
    expect(await value('none')).toBeUndefined();
  });

  it('hands on a violated constraint as it came, for its adapter to read', async () => {
    await db.query(`INSERT INTO counter VALUES ('twice', 1)`);
    await expect(db.query(`INSERT INTO counter VALUES ('twice', 1)`)).rejects.toMatchObject({
      code: '23505',
    });
  });

  it('repeats a transaction that could not be serialised', async () => {
    await db.query(`INSERT INTO counter VALUES ('serial', 0)`);
    let attempts = 0;
    const increment = (): Promise<void> =>
      db.transaction(async (tx) => {
        attempts += 1;
        await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
        const [row] = await tx.query<{ n: number }>(`SELECT n FROM counter WHERE name = 'serial'`);
        // On the first attempt someone else gets in between: 40001 for this one.
        if (attempts === 1) await db.query(`UPDATE counter SET n = 10 WHERE name = 'serial'`);
        await tx.query(`UPDATE counter SET n = $1 WHERE name = 'serial'`, [(row?.n ?? 0) + 1]);
      });
    await increment();
    expect([attempts, await value('serial')]).toEqual([2, 11]);
  });

  it('names an error of its disk, which it restarts from by itself', async () => {
    // io_error: what a session is told when a sync fails and the server goes down to recover.
    const failed = db.query(`DO $$ BEGIN RAISE EXCEPTION 'could not fsync' USING ERRCODE = '58030'; END $$`);
    await expect(failed).rejects.toMatchObject({ reason: 'disk_error', retryable: true });
  });

  it('gives up on a transaction that always collides', async () => {
    let attempts = 0;
    const work = db.transaction(async (tx) => {
      attempts += 1;
      await tx.query(`DO $$ BEGIN RAISE EXCEPTION 'collides' USING ERRCODE = '40001'; END $$`);
    });
    await expect(work).rejects.toMatchObject({ reason: 'store_unavailable', retryable: true });
    expect(attempts).toBe(4);
  });

  it('resolves a deadlock by running the one that lost again', async () => {
    await db.query(`INSERT INTO counter VALUES ('left', 0), ('right', 0)`);
    const both = (first: string, second: string): Promise<void> =>
      db.transaction(async (tx) => {
        await tx.query('UPDATE counter SET n = n + 1 WHERE name = $1', [first]);
        await tx.query('SELECT pg_sleep(0.2)');
        await tx.query('UPDATE counter SET n = n + 1 WHERE name = $1', [second]);
      });
    await Promise.all([both('left', 'right'), both('right', 'left')]);
    expect([await value('left'), await value('right')]).toEqual([2, 2]);
  });

  it('tells listeners of the channel, and no longer when they stopped', async () => {
    const [heard, others] = [calls<string>(), calls<string>()];
    const stop = await db.listen('one', heard.push);
    const stopOther = await db.listen('one', others.push);
    await db.query(`SELECT pg_notify('one', 'a'), pg_notify('two', 'b')`);
    expect(await heard.next()).toBe('a');
    expect(await others.next()).toBe('a');
    await stop();
    await db.query(`SELECT pg_notify('one', 'c')`);
    expect(await others.next()).toBe('c');
    await stopOther();
    // `c` came to the other one before; had it come here too, this would be it.
    const again = await db.listen('one', heard.push);
    await db.query(`SELECT pg_notify('one', 'd')`);
    expect(await heard.next()).toBe('d');
    await again();
  });

  it('migrates once, however many start together', async () => {
    const url = await freshPostgresUrl('template1');
    const several = [0, 1, 2].map(() => connectPostgres({ url, maxConnections: 2 }));
    await Promise.all(several.map((one) => migratePostgres(one, { nowMs: Date.UTC(2026, 0, 1) })));
    const rows = await several[0]?.query<{ number: number }>(
      'SELECT number FROM schema_migration ORDER BY 1',
    );
    expect(rows?.map(({ number }) => number)).toEqual(postgresMigrations().map(({ number }) => number));
    await Promise.all(several.map((one) => one.close()));
  });

  it('refuses a store that a newer program made, and an edited migration', async () => {
    const known = postgresMigrations();
    const edited = known.map((one) => ({ ...one, checksum: 'f'.repeat(64) }));
    await expect(migratePostgres(db, { nowMs: 0, migrations: known.slice(0, -1) })).rejects.toMatchObject({
      reason: 'store_newer_than_program',
    });
    await expect(migratePostgres(db, { nowMs: 0, migrations: edited })).rejects.toMatchObject({
      reason: 'migration_changed',
    });
  });

  it('leaves nothing behind of a migration that fails', async () => {
    const one = connectPostgres({ url: await freshPostgresUrl('template1') });
    const bad = {
      number: 1,
      name: 'bad',
      sql: 'CREATE TABLE half (a int); SELECT nothing',
      checksum: '0'.repeat(64),
    };
    await expect(migratePostgres(one, { nowMs: 0, migrations: [bad] })).rejects.toMatchObject({
      code: '42703',
    });
    expect(
      await one.query(`SELECT to_regclass('half') AS half, to_regclass('schema_migration') AS log`),
    ).toEqual([{ half: null, log: null }]);
    await one.close();
  });
});

describe('a connection that is cut', () => {
  it('is made again; the listener is told to look for itself', async () => {
    const served = await overTcp(await freshPostgresUrl());
    const db = connectPostgres({ url: served.url, maxConnections: 2 });
    const heard = calls<string>();
    const stop = await db.listen('news', heard.push);
    await db.query(`SELECT pg_notify('news', 'before')`);
    expect(await heard.next()).toBe('before');
    served.cut();
    expect(await heard.next()).toBe('');
    await db.query(`SELECT pg_notify('news', 'after')`);
    expect(await heard.next()).toBe('after');
    await stop();
    await db.close();
    served.stop();
  });

  it('in the middle of a query is a failure that may be tried again', async () => {
    const served = await overTcp(await freshPostgresUrl());
    const db = connectPostgres({ url: served.url, maxConnections: 1 });
    await db.query('SELECT 1');
    const query = db.query('SELECT pg_sleep(20)');
    served.cut();
    await expect(query).rejects.toMatchObject({ reason: 'store_unavailable', retryable: true });
    expect(await db.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await db.close();
    served.stop();
  });
});

it('a server that is not there is a failure that may be tried again', async () => {
  const url = new URL(inject('postgresUrl'));
  url.searchParams.set('host', '/nowhere');
  const db = connectPostgres({ url: url.href });
  await expect(db.query('SELECT 1')).rejects.toMatchObject({ reason: 'store_unavailable', retryable: true });
  await db.close();
});
