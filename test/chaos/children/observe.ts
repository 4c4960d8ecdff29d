// Brings what is left in the spool into the store and writes all that is there: `observe.ts <data directory> <file>`.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createLedger } from '../../../store/clickhouse/ledger.ts';
import { drained, openIngest } from '../../support/ingest.ts';
import { readLedgers, readTelemetry } from '../frame/read-store.ts';

const [directory = '', file = ''] = process.argv.slice(2);
const ingest = await openIngest(directory);
await ingest.collector.start();
await drained(ingest);
const out = createWriteStream(file);
for (const shown of await readTelemetry(ingest.pool.api)) out.write(`${JSON.stringify({ shown })}\n`);
for (const entry of await readLedgers(ingest.pool.api, createLedger(ingest.pool.api)))
  out.write(`${JSON.stringify({ entry })}\n`);
out.end();
await once(out, 'close');
await ingest.collector.stop();
await ingest.pool.close();
process.exit(0);
