import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { freshDirectory } from '../support/stores.ts';

const ROOT = join(import.meta.dirname, '../..');
const service = freshDirectory('package');
const installed = join(service, 'node_modules/leeway');

/** The package as another service has it: built, and with nothing beside it but what it says it needs. */
beforeAll(() => {
  const outDir = join(installed, 'dist/package');
  const args = [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(ROOT, 'tsconfig.package.json')];
  const built = spawnSync(process.execPath, [...args, '--outDir', outDir], { encoding: 'utf8' });
  expect(built.stdout).toBe('');
  cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'));
  mkdirSync(join(service, 'node_modules/@opentelemetry'));
  for (const name of ['@opentelemetry/api', 'simple-statistics'])
    symlinkSync(join(ROOT, 'node_modules', name), join(service, 'node_modules', name));
});

const run = (source: string) => {
  writeFileSync(join(service, 'service.mjs'), source);
  return spawnSync(process.execPath, ['service.mjs'], { cwd: service, encoding: 'utf8' });
};

describe('the built package', () => {
  it('gives a plain JavaScript service leeway/sdk and leeway/stats', () => {
    const { stdout, stderr } = run(`
      import { createTestSink, decision } from 'leeway/sdk';
      import { psi } from 'leeway/stats';
      const sink = createTestSink();
      decision('credit-risk').score(0.5).value('approve').end();
      console.log(JSON.stringify([sink.records[0].value, psi([50, 50], [50, 50])]));
    `);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(['approve', { kind: 'value', value: 0 }]);
  });

  it('needs @opentelemetry/api alone for the SDK', () => {
    const folder = join(installed, 'dist/package/sdk');
    const files = readdirSync(folder).filter((name) => name.endsWith('.js'));
    const imports = files.flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/from '([^']+)'/g)].map((match) => match[1]),
    );
    expect(new Set(imports.filter((path) => !path?.startsWith('./')))).toEqual(
      new Set(['@opentelemetry/api']),
    );
  });
});
