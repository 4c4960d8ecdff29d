import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshDirectory } from '../support/stores.ts';

const ROOT = join(import.meta.dirname, '../..');
const SYSTEM = `apiVersion: leeway.dev/v1
kind: System
metadata: { name: credit-risk }
spec:
  correct: { approve: [repaid], decline: [defaulted] }
  deferred: [refer]
  segments: [channel]
  features:
    amount: { type: numeric, unit: EUR }
    region: { type: categorical, allowed: [north, south] }
    returning: { type: boolean }
    "odd \\"name\\"": { type: categorical }
`;

const leeway = (...args: string[]) =>
  spawnSync(process.execPath, [join(ROOT, 'app/main.ts'), ...args], { encoding: 'utf8' });
const tsc = (directory: string) =>
  spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', directory], {
    encoding: 'utf8',
  });

describe('leeway gen types', () => {
  it('writes types that hold the code to the document', () => {
    const directory = freshDirectory('gen-types');
    writeFileSync(join(directory, 'system.yaml'), SYSTEM);
    const made = leeway(
      'gen',
      'types',
      join(directory, 'system.yaml'),
      '--out',
      join(directory, 'leeway.d.ts'),
    );
    expect(made.stderr).toBe('');
    expect(made.status).toBe(0);
    // As a service would have it: the package under node_modules, here by its sources.
    mkdirSync(join(directory, 'node_modules'));
    symlinkSync(join(ROOT, 'node_modules/@types'), join(directory, 'node_modules/@types'));
    const paths = { 'leeway/sdk': [join(ROOT, 'sdk/index.ts')] };
    const compilerOptions = {
      target: 'ES2024',
      lib: ['ES2024', 'ESNext.Disposable', 'DOM'],
      module: 'NodeNext',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      types: ['node'],
      paths,
    };
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    writeFileSync(
      join(directory, 'service.ts'),
      `import { decision } from 'leeway/sdk';
const d = decision('credit-risk', { features: { amount: 5, region: 'north' } });
d.features({ returning: null, 'odd "name"': 'x' }).segments({ channel: 'web' }).value('refer').end();
decision('another').features({ whatever: 1 }).value('anything');
// @ts-expect-error a value that the document does not know
d.value('maybe');
// @ts-expect-error a region that is not allowed
d.features({ region: 'east' });
// @ts-expect-error an amount is a number
d.features({ amount: '5' });
// @ts-expect-error no such feature
d.features({ amonut: 5 });
// @ts-expect-error no such segment
d.segments({ chanel: 'web' });
`,
    );
    expect(tsc(directory).stdout).toBe('');
  });

  it('takes a Contract’s word on features, in whatever order the documents come', () => {
    const directory = freshDirectory('gen-types-contract');
    const contract = `apiVersion: leeway.dev/v1
kind: Contract
metadata: { name: credit-risk }
spec:
  system: credit-risk
  features:
    region: { type: categorical, allowed: [north, south, east] }
    age: { type: numeric, unit: years }
`;
    writeFileSync(join(directory, 'contract.yaml'), contract);
    writeFileSync(join(directory, 'both.yaml'), `${contract}---\n${SYSTEM}`);
    writeFileSync(join(directory, 'system.yaml'), SYSTEM);
    const alone = leeway('gen', 'types', join(directory, 'contract.yaml')).stdout;
    expect(alone).toContain('readonly value: string;');
    expect(alone).toContain('/** years */\n        readonly "age": number | null;');
    const both = leeway('gen', 'types', join(directory, 'both.yaml')).stdout;
    expect(both).toContain('readonly "region": "north" | "south" | "east" | null;');
    expect(both).toContain('readonly "amount": number | null;');
    expect(both).toContain('readonly value: "approve" | "decline" | "refer";');
    const after = leeway(
      'gen',
      'types',
      join(directory, 'system.yaml'),
      join(directory, 'contract.yaml'),
    ).stdout;
    expect(after.split('\n').sort()).toEqual(both.split('\n').sort());
  });

  it('says what is wrong with a document, and when there is nothing to make types from', () => {
    const directory = freshDirectory('gen-types-bad');
    writeFileSync(join(directory, 'bad.yaml'), SYSTEM.replace('numeric', 'numerical'));
    expect(leeway('gen', 'types', join(directory, 'bad.yaml'))).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('spec.features.amount.type'),
    });
    writeFileSync(
      join(directory, 'queue.yaml'),
      'apiVersion: leeway.dev/v1\nkind: Queue\nmetadata: { name: q }\nspec: {}\n',
    );
    expect(leeway('gen', 'types', join(directory, 'queue.yaml')).status).toBe(2);
    expect(leeway('gen', 'types', join(directory, 'absent.yaml'))).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('absent.yaml'),
    });
  });
});
