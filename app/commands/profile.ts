import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { z } from 'zod';
import type { backfillRow } from '../../api/contract/analysis.ts';
import { askLeeway } from './client.ts';
import { createProgress } from './progress.ts';

const USAGE = `leeway profile backfill --system NAME --from TIME --to TIME [--no-wait]

Makes the profiles of a stretch again from its decisions, at every level: after a repair of the data, or when a feature
was given another type. What windows said before stays as it was said. TIME is RFC 3339, epoch milliseconds or now-7d.

Exit codes: 0 done · 1 failed · 2 a wrong call · 4 the token may not · 7 no Leeway answers
`;
/** How often a person is told; the work is done elsewhere. */
const ASK_EVERY_MS = 500;

type Backfill = z.infer<typeof backfillRow>;

/** `leeway profile backfill …`, by a running Leeway. */
export async function profile(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      system: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      'no-wait': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const { system, from, to } = values;
  if (values.help) return say(process.stdout, USAGE, 0);
  if (positionals.join(' ') !== 'backfill' || system === undefined || from === undefined || to === undefined)
    return say(process.stderr, USAGE, 2);
  const path = `/systems/${encodeURIComponent(system)}/backfills`;
  const asked = await askLeeway('POST', path, process.env, { from, to });
  if (asked.kind === 'refused') return say(process.stderr, `${asked.sentence}\n`, asked.code);
  const backfill = asked.body as Backfill;
  if (values['no-wait'])
    return say(process.stdout, `${backfill.id}: ${stretchWords(backfill)} will be made again.\n`, 0);
  return follow(backfill);
}

const stretchWords = ({ system, from, to }: Backfill): string => `${system}, ${from} to ${to},`;

async function follow(asked: Backfill): Promise<number> {
  const progress = createProgress(process.stderr);
  for (;;) {
    const answer = await askLeeway('GET', `/backfills/${asked.id}`, process.env);
    if (answer.kind === 'refused') {
      progress.done();
      return say(process.stderr, `${answer.sentence}\n`, answer.code);
    }
    const now = answer.body as Backfill;
    progress(`${now.state}, until ${now.doneUntil}:`, Math.round(now.doneShare * 100), 100);
    if (now.state === 'done' || now.state === 'failed') {
      progress.done();
      return now.state === 'done'
        ? say(process.stdout, `${stretchWords(now)} was made again.\n`, 0)
        : say(process.stderr, `${stretchWords(now)} stopped at ${now.doneUntil}: ${now.lastError}\n`, 1);
    }
    await wait(ASK_EVERY_MS);
  }
}

const say = (stream: NodeJS.WriteStream, text: string, code: number): Promise<number> =>
  new Promise((resolve) => {
    stream.write(text, () => resolve(code));
  });
