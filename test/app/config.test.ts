import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProblems, loadConfig } from '../../app/config/load.ts';

const here = join(import.meta.dirname, 'config');

describe('a configuration with mistakes', () => {
  const files = readdirSync(here).filter((name) => name.endsWith('.bad.yaml'));
  it.each(files)('%s tells each of them, with its line, at once', (name) => {
    const expected = readFileSync(join(here, name), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('#   '))
      .map((line) => line.slice(4));
    expect(expected.length).toBeGreaterThan(0);
    const loaded = loadConfig(join(here, name), {});
    if (loaded.kind !== 'invalid') throw new Error('it was accepted');
    const told = formatProblems(loaded.problems);
    for (const line of expected) expect(told).toContain(line);
    expect(loaded.problems).toHaveLength(expected.length);
  });

  it('names the environment variable when the mistake is there', () => {
    const loaded = loadConfig(undefined, { LEEWAY_LISTEN_WEB_PORT: 'eighty' });
    if (loaded.kind !== 'invalid') throw new Error('it was accepted');
    expect(loaded.problems[0]).toMatchObject({ where: 'LEEWAY_LISTEN_WEB_PORT', path: 'listen.webPort' });
  });

  it('says which file cannot be read', () => {
    const loaded = loadConfig('/nowhere/leeway.yaml', {});
    expect(loaded).toEqual({
      kind: 'invalid',
      problems: [{ where: '/nowhere/leeway.yaml', path: '', message: 'cannot be read' }],
    });
  });
});

describe('a configuration without mistakes', () => {
  it('an empty variable says nothing, as one that is not there', () => {
    const loaded = loadConfig(undefined, { LEEWAY_DOCUMENTS: '', LEEWAY_POSTGRES_URL: '', LEEWAY_ROLES: '' });
    expect(loaded).toEqual(loadConfig(undefined, {}));
  });

  it('is complete when nothing was said: everything on loopback, all roles, embedded stores', () => {
    const loaded = loadConfig(undefined, {});
    if (loaded.kind !== 'ok') throw new Error(formatProblems(loaded.problems));
    expect(loaded.config.listen).toEqual({
      host: '127.0.0.1',
      ingestPort: 4318,
      webPort: 4300,
      allowedHosts: [],
    });
    expect(loaded.config.roles).toEqual(['collector', 'analyzers', 'alerts', 'web']);
    expect(loaded.config.clickhouse).toBeUndefined();
    expect(loaded.config.ingest.maxBody).toBe(64 * 1024 * 1024);
  });

  it('takes the environment over the file, and a secret from the file that the environment names', () => {
    const directory = mkdtempSync(join(tmpdir(), 'leeway-config-'));
    const file = join(directory, 'leeway.yaml');
    const secret = join(directory, 'password');
    writeFileSync(file, 'listen: { webPort: 1000 }\nclickhouse: { url: "http://db:8123" }\n');
    writeFileSync(secret, 'hush\n');
    const loaded = loadConfig(file, {
      LEEWAY_LISTEN_WEB_PORT: '2000',
      LEEWAY_CLICKHOUSE_PASSWORD_FILE: secret,
      LEEWAY_ROLES: 'web, alerts',
      LEEWAY_POSTGRES_URL: 'postgres://db/leeway',
    });
    if (loaded.kind !== 'ok') throw new Error(formatProblems(loaded.problems));
    expect(loaded.config.listen.webPort).toBe(2000);
    expect(loaded.config.clickhouse?.password).toBe('hush');
    expect(loaded.config.roles).toEqual(['web', 'alerts']);
  });
});
