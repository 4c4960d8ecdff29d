import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { CONFIG_KEYS } from '../../app/config/keys.ts';
import { formatProblems, loadConfig } from '../../app/config/load.ts';

const compose = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string(),
      environment: z.record(z.string(), z.string()).optional(),
      secrets: z.array(z.string()).optional(),
      ports: z.array(z.string()).optional(),
      volumes: z.array(z.string()).optional(),
      depends_on: z.record(z.string(), z.object({ condition: z.literal('service_healthy') })).optional(),
      healthcheck: z.object({ test: z.array(z.string()).min(2) }),
    }),
  ),
  volumes: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});

const file = compose.parse(
  parse(readFileSync(join(import.meta.dirname, '../../docker-compose.yml'), 'utf8')),
);
const leeway = file.services['leeway']?.environment ?? {};

describe('docker-compose.yml', () => {
  it('sets only what the configuration knows, and the configuration takes it', () => {
    for (const name of Object.keys(leeway)) {
      expect(CONFIG_KEYS.map(({ variable }) => variable)).toContain(name.replace(/_FILE$/, ''));
    }
    // Secrets stand in files of the container; here they are given by value.
    const environment = Object.fromEntries(
      Object.entries(leeway).map(([name, value]) =>
        name === 'LEEWAY_POSTGRES_URL_FILE'
          ? ['LEEWAY_POSTGRES_URL', 'postgres://leeway:secret@postgres:5432/leeway']
          : name === 'LEEWAY_CLICKHOUSE_PASSWORD_FILE'
            ? ['LEEWAY_CLICKHOUSE_PASSWORD', 'secret']
            : [name, value],
      ),
    );
    const loaded = loadConfig(undefined, environment);
    if (loaded.kind !== 'ok') throw new Error(formatProblems(loaded.problems));
    expect(loaded.config.clickhouse?.url).toBe('http://clickhouse:8123');
    expect(loaded.config.ingest.requireToken).toBe(true);
  });

  it('names only secrets, volumes and services that it declares, and opens ports on loopback only', () => {
    for (const service of Object.values(file.services)) {
      for (const secret of service.secrets ?? []) expect(Object.keys(file.secrets)).toContain(secret);
      for (const name of Object.keys(service.depends_on ?? {}))
        expect(Object.keys(file.services)).toContain(name);
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
      const named = (service.volumes ?? [])
        .map((v) => v.split(':')[0] ?? '')
        .filter((v) => !v.startsWith('.'));
      for (const volume of named) expect(Object.keys(file.volumes)).toContain(volume);
    }
  });

  it('holds no secret itself', () => {
    const all = Object.values(file.services).flatMap((service) => Object.entries(service.environment ?? {}));
    for (const [name] of all.filter(([key]) => /PASSWORD|SECRET|TOKEN$/.test(key))) {
      if (name !== 'LEEWAY_INGEST_REQUIRE_TOKEN') expect(name).toMatch(/_FILE$/);
    }
  });
});
