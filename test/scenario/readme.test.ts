import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshHome } from '../support/stores.ts';
import { type LeewayProcess, startLeeway } from './leeway-process.ts';

const ROOT = join(import.meta.dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
/** Under the repository, so that the example finds the packages that it imports. */
const SCRATCH = join(ROOT, 'dist/readme-example');
const DEFAULT_INGEST = 'http://127.0.0.1:4318';

let leeway: LeewayProcess;
beforeAll(async () => {
  // From the first start to an empty Leeway is told by the tests of the process.
  const { dataDir, postgres } = await freshHome('readme');
  leeway = await startLeeway('up', dataDir, { LEEWAY_POSTGRES_URL: postgres.url });
});
afterAll(async () => {
  rmSync(SCRATCH, { recursive: true, force: true });
  await leeway.stop();
});

const block = (language: string): string => {
  const found = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(README)?.[1];
  if (found === undefined) throw new Error(`README.md has no ${language} block`);
  return found;
};
const decision = async (id: string) => {
  const response = await fetch(`${leeway.webUrl}/api/v1/decisions/${id}`, {
    headers: { authorization: `Bearer ${leeway.token}` },
  });
  return response.ok ? await response.json() : undefined;
};
const arrives = (id: string) => expect.poll(() => decision(id), { interval: 200 });

describe('README.md', () => {
  it('names commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const named = [...README.matchAll(/npm (?:run )?([a-z:]+)/g)].map(([, name]) => name);
    for (const name of named.filter((one) => one !== 'ci')) expect(Object.keys(scripts)).toContain(name);
    expect(named).toEqual(expect.arrayContaining(['ci', 'demo', 'test', 'start']));
  });

  it('links to files that exist', () => {
    for (const [, path = ''] of README.matchAll(/\]\((?!http)([^)#]+)\)/g)) {
      expect(() => readFileSync(join(ROOT, path)), path).not.toThrow(/ENOENT/);
    }
  });

  it('has a TypeScript example that sends a decision', async () => {
    mkdirSync(SCRATCH, { recursive: true });
    const file = join(SCRATCH, 'example.ts');
    const source = block('ts');
    expect(source).toContain(DEFAULT_INGEST);
    writeFileSync(file, source.replaceAll(DEFAULT_INGEST, leeway.ingestUrl));
    await promisify(execFile)(process.execPath, [file]);
    await arrives('application-4711').toMatchObject({
      system: 'credit-risk',
      value: 'approve',
      modelVersion: 'v12',
      score: 0.83,
    });
  });

  it('has a Python example with attributes that make a decision', async () => {
    // The attributes are read out of the example and sent as the Python SDK would send them.
    const attributes = [...block('python').matchAll(/"(leeway\.[\w.]+)": ("[^"]*"|[\d.]+)/g)].map(
      ([, key, raw = '']) => ({
        key,
        value: raw.startsWith('"') ? { stringValue: JSON.parse(raw) } : { doubleValue: Number(raw) },
      }),
    );
    expect(attributes.length).toBeGreaterThan(4);
    const span = {
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      name: 'decide',
      startTimeUnixNano: `${Date.now()}000000`,
      endTimeUnixNano: `${Date.now() + 3}000000`,
      attributes,
    };
    const body = {
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'credit-risk' } }] },
          scopeSpans: [{ spans: [span] }],
        },
      ],
    };
    const answer = await fetch(`${leeway.ingestUrl}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(await answer.json()).toEqual({});
    await arrives('application-4712').toMatchObject({ system: 'credit-risk', value: 'decline', score: 0.31 });
  });

  it('has curl examples that send a decision and what turned out true', async () => {
    const shell = [...README.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text = '']) => text).join('\n');
    const calls = [...shell.matchAll(/curl -sS (\S+) -H 'content-type: application\/json' -d '([\s\S]*?)'/g)];
    expect(calls).toHaveLength(2);
    for (const [, url = '', body = ''] of calls) {
      const answer = await fetch(url.replace(DEFAULT_INGEST, leeway.ingestUrl), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      expect(await answer.json()).toEqual({ accepted: 1, rejected: [] });
    }
    await arrives('application-4713').toMatchObject({ value: 'approve', outcome: 'approve', correct: true });
  });
});
