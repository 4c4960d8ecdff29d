// A reviewer in a process of its own: `claim.ts <postgres url> <reviewer> <now> <item>…`. Says "ready", waits for "go" on
// stdin, races for each item in turn, and prints one line of JSON: what became of each claim.
import { once } from 'node:events';
import { DEFAULT_PROJECT } from '../../../model/ids.ts';
import { connectPostgres } from '../../../store/postgres/pool.ts';
import { createReviewStore } from '../../../store/postgres/review.ts';

const [url = '', reviewer = '', now = '0', ...items] = process.argv.slice(2);
const db = connectPostgres({ url });
const review = createReviewStore(db);
await db.query('SELECT 1');
process.stdout.write('ready\n');
await once(process.stdin, 'data');
const results = [];
for (const id of items) {
  const result = await review.claim(DEFAULT_PROJECT, id, reviewer, 60_000, Number(now));
  results.push(result.kind === 'claimed' ? result.item.fence : result.reason);
}
process.stdout.write(`${JSON.stringify(results)}\n`);
await db.close();
process.exit(0);
