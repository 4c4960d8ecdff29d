import { readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startChild } from '../support/child.ts';
import { freshDirectory } from '../support/stores.ts';

/** Two tables with a part each; one of them tolerates no broken part, as all of them tolerate no hundred. */
async function damaged(tables: readonly ('lenient' | 'strict')[]): Promise<string> {
  const path = join(freshDirectory('damage'), 'clickhouse');
  const made = startChild('after-damage.ts', path, 'make');
  expect(await made.ended()).toBe(0);
  const [broken, lenient = '', strict = ''] = made.lines;
  expect(broken).toBe('[]');
  // What is left of files that were never flushed: their names, and no bytes.
  for (const table of tables) {
    const part = { lenient, strict }[table];
    for (const file of readdirSync(part)) truncateSync(join(part, file), 0);
  }
  return path;
}

it('a few broken parts are set aside, and told', async () => {
  const opened = startChild('after-damage.ts', await damaged(['lenient']));
  expect(await opened.ended()).toBe(0);
  expect(opened.lines).toEqual(['[{"table":"lenient","parts":1}]', '[{"n":"0"}]', '[{"n":"1"}]']);
});

it('with too many the store stays closed, and says what happened and what to do', async () => {
  const opened = startChild('after-damage.ts', await damaged(['strict']));
  expect(await opened.ended()).toBe(0);
  expect(opened.lines).toHaveLength(1);
  expect(opened.lines[0]).toMatch(/^disk_error: .*broken parts.*restore a backup.*Code: 231/);
});
