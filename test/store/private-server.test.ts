import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { type KeptPostgresEvent, keepPrivatePostgres } from '../../store/postgres/kept-server.ts';
import { connectPostgres } from '../../store/postgres/pool.ts';
import { type PrivatePostgres, startPrivatePostgres } from '../../store/postgres/private-server.ts';
import { closedDirectoryAbove, runAs } from '../../store/postgres/server-user.ts';
import { socketDirectory } from '../../store/postgres/socket-directory.ts';
import { startChild } from '../support/child.ts';
import { freshDirectory } from '../support/stores.ts';

const running: PrivatePostgres[] = [];
const start = async (dataDir: string): Promise<PrivatePostgres> => {
  const server = await startPrivatePostgres({ dataDir });
  running.push(server);
  return server;
};
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

const cluster = join(freshDirectory('cluster'), 'postgres');
/** A database as a first start leaves it, copied: making one costs some seconds of two cores. */
const madeBefore = async (dataDir = join(freshDirectory('pg'), 'postgres')): Promise<string> => {
  if (!existsSync(cluster)) {
    const first = await start(cluster);
    await first.stop();
  }
  // Owner and mode matter to the server, and Node's own copy drops the first.
  execFileSync('cp', ['-a', cluster, dataDir]);
  return dataDir;
};

async function ask<Row>(server: PrivatePostgres, sql: string): Promise<Row[]> {
  const db = connectPostgres({ ...server, maxConnections: 1 });
  try {
    return await db.query<Row>(sql);
  } finally {
    await db.close();
  }
}
const isAlive = (pid: number): boolean => {
  try {
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

/** Making a database takes two seconds, or many on a machine that is busy with other tests. */
const BUSY_MS = 120_000;
const PATIENT = { timeout: 60_000 } as const;

describe('a private Postgres', { timeout: BUSY_MS }, () => {
  it('is made at the first start, keeps what it was given, and stops with us', async () => {
    const dataDir = join(freshDirectory('pg'), 'new', 'postgres');
    const first = await start(dataDir);
    await ask(first, 'CREATE TABLE kept (at integer)');
    const settings = await ask(
      first,
      `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses') ORDER BY name`,
    );
    expect(settings).toEqual([
      { name: 'fsync', setting: 'on' },
      { name: 'full_page_writes', setting: 'on' },
      { name: 'listen_addresses', setting: '' },
      { name: 'synchronous_commit', setting: 'on' },
    ]);
    await first.stop();
    expect(await first.ended).toMatchObject({ expected: true });
    expect(isAlive(first.pid)).toBe(false);
    const second = await start(dataDir);
    expect(second.orphan).toBe('none');
    expect(await ask(second, 'SELECT * FROM kept')).toEqual([]);
  });

  it('lets nobody else in: its socket is in a directory of its user alone', async () => {
    const dataDir = await madeBefore();
    await start(dataDir);
    expect(statSync(socketDirectory(dataDir)).mode & 0o777).toBe(0o700);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    const rules = readFileSync(join(dataDir, 'pg_hba.conf'), 'utf8').trim().split('\n');
    expect(rules).toEqual(['local all leeway peer map=leeway']);
  });

  it('says so when it is killed, and recovers at the next start', async () => {
    const dataDir = await madeBefore();
    const first = await start(dataDir);
    await ask(first, 'CREATE TABLE kept AS SELECT 7 AS n');
    process.kill(first.pid, 'SIGKILL');
    expect(await first.ended).toMatchObject({
      expected: false,
      sentence: expect.stringContaining('SIGKILL'),
    });
    const second = await start(dataDir);
    expect(await ask(second, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  });

  it('of a Leeway that was killed is stopped at the next start, and nothing committed is lost', async () => {
    const dataDir = await madeBefore();
    const killed = startChild('hold-postgres.ts', dataDir);
    const orphanPid = Number(await killed.nextLine());
    await killed.kill('SIGKILL');
    expect(isAlive(orphanPid)).toBe(true);
    const server = await start(dataDir);
    expect(server.orphan).toBe('stopped');
    expect(isAlive(orphanPid)).toBe(false);
    expect(await ask(server, 'SELECT at FROM kept')).toEqual([{ at: 1 }]);
  });

  it('starts although its pid file names another program, as after a reboot, and leaves that one alone', async () => {
    const dataDir = await madeBefore();
    const other = startChild('hold-directory.ts', freshDirectory('other'));
    await other.nextLine();
    writeFileSync(
      join(dataDir, 'postmaster.pid'),
      `${other.process.pid}\n${dataDir}\n1700000000\n5432\n${socketDirectory(dataDir)}\n\n        0         0\nready   \n`,
    );
    const second = await start(dataDir);
    expect(second.orphan).toBe('stale');
    expect(other.process.exitCode).toBeNull();
    await other.kill('SIGTERM');
  });

  it('starts although the server that was killed with it is still a zombie, as where nobody collects the dead', async () => {
    const dataDir = await madeBefore();
    // As the server's own user: another one's process would be no reason for it to wait.
    const { uid, gid } = statSync(dataDir);
    const stdio = ['ignore', 'pipe', 'ignore'] as const;
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 600'], {
      uid,
      gid,
      cwd: '/',
      stdio: [...stdio],
    });
    const [line] = await once(createInterface(parent.stdout), 'line');
    const dead = Number(line);
    await expect.poll(() => readFileSync(`/proc/${dead}/stat`, 'utf8')).toMatch(/\) Z/);
    writeFileSync(
      join(dataDir, 'postmaster.pid'),
      `${dead}\n${dataDir}\n1700000000\n5432\n${socketDirectory(dataDir)}\n\n        0         0\nready   \n`,
    );
    const sockets = socketDirectory(dataDir);
    mkdirSync(sockets, { mode: 0o700 });
    writeFileSync(join(sockets, '.s.PGSQL.5432.lock'), `${dead}\n${dataDir}\n1700000000\n5432\n${sockets}\n`);
    for (const path of [sockets, join(sockets, '.s.PGSQL.5432.lock')]) chownSync(path, uid, gid);
    const server = await start(dataDir);
    expect(await ask(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    parent.kill('SIGKILL');
  });

  it('does not take a first start that was killed half-way for a database', async () => {
    const dataDir = join(freshDirectory('pg'), 'postgres');
    mkdirSync(`${dataDir}.making`, { recursive: true });
    writeFileSync(join(`${dataDir}.making`, 'PG_VERSION'), '18\n');
    const server = await start(dataDir);
    expect(await ask(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('refuses a directory of another major version with a sentence', async () => {
    const dataDir = join(freshDirectory('pg'), 'postgres');
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'PG_VERSION'), '99\n');
    await expect(startPrivatePostgres({ dataDir })).rejects.toMatchObject({
      reason: 'store_newer_than_program',
      message: expect.stringMatching(/made by Postgres 99, this Leeway brings Postgres \d+/),
    });
  });

  it('says why it does not start', async () => {
    const dataDir = await madeBefore();
    const settings = { shared_buffers: 'nonsense' };
    await expect(startPrivatePostgres({ dataDir, settings })).rejects.toMatchObject({
      reason: 'store_unavailable',
      message: expect.stringContaining('shared_buffers'),
    });
  });

  it('works where the path is too long for a socket', async () => {
    const above = join(freshDirectory('pg'), 'a'.repeat(60), 'b'.repeat(60));
    mkdirSync(above, { recursive: true });
    const dataDir = await madeBefore(join(above, 'postgres'));
    const server = await start(dataDir);
    expect(await ask(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    // 104 bytes is what macOS has for a socket's path, the closing zero included.
    expect(Buffer.byteLength(`${socketDirectory(dataDir)}/.s.PGSQL.5432`)).toBeLessThan(104);
  });

  it('works below a directory that is closed to others', async () => {
    const closed = join(freshDirectory('pg'), 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o700);
    const server = await start(join(closed, 'data', 'postgres'));
    expect(await ask(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('a private Postgres that is kept', { timeout: BUSY_MS }, () => {
  it('is started again when it ends by itself, as often as that takes, and not after it was stopped', async () => {
    const dataDir = await madeBefore();
    const events: KeptPostgresEvent[] = [];
    const kept = await keepPrivatePostgres({
      ...{ dataDir, emit: (event) => events.push(event), retryMs: { least: 10, most: 50 } },
    });
    const db = connectPostgres({ url: kept.url });
    await db.query('CREATE TABLE kept AS SELECT 7 AS n');
    // Without its control file it does not start, and with it it does: as without space, and with space again.
    const control = join(dataDir, 'global/pg_control');
    renameSync(control, `${control}.away`);
    process.kill(kept.pid(), 'SIGKILL');
    await expect.poll(() => events.map(({ kind }) => kind), PATIENT).toEqual(['postgres_ended']);
    await expect(db.query('SELECT n FROM kept')).rejects.toMatchObject({
      ...{ reason: 'store_unavailable', retryable: true },
    });
    await expect.poll(() => readFileSync(`${dataDir}.log`, 'utf8'), PATIENT).toContain('pg_control');
    renameSync(`${control}.away`, control);
    await expect
      .poll(() => events.at(-1), PATIENT)
      .toMatchObject({ kind: 'postgres_back', starts: expect.any(Number) });
    expect(await db.query('SELECT n FROM kept')).toEqual([{ n: 7 }]);
    await db.close();
    await kept.stop();
    expect(isAlive(kept.pid())).toBe(false);
    expect(events.map(({ kind }) => kind)).toEqual(['postgres_ended', 'postgres_back']);
  });
});

describe("the server's user", () => {
  it('is stopped by the first directory that is closed to others', () => {
    const directory = freshDirectory('closed');
    chmodSync(directory, 0o755);
    mkdirSync(join(directory, 'open'));
    expect(closedDirectoryAbove(join(directory, 'open', 'postgres'))).toBeUndefined();
    chmodSync(directory, 0o700);
    expect(closedDirectoryAbove(join(directory, 'open', 'postgres'))).toBe(directory);
  });

  it('gets one capability to pass, and no other', () => {
    const run = runAs({ kind: 'other_with_passage', uid: 1, gid: 2 }, '/bin/postgres', ['-D', '/data']);
    expect(run.file).toBe('setpriv');
    expect(run.args.filter((arg) => arg.includes('caps=') || arg.includes('bounding'))).toEqual([
      '--inh-caps=-all,+dac_override',
      '--ambient-caps=-all,+dac_override',
      '--bounding-set=-all,+dac_override',
    ]);
    expect(run.args.slice(-3)).toEqual(['/bin/postgres', '-D', '/data']);
  });
});
