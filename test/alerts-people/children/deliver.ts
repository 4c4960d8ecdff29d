// A process that runs an outbox worker until somebody kills it: `deliver.ts <postgres url> <now>`.
import { channelOpener } from '../../../alerts/channels/open.ts';
import { createOutboxWorker } from '../../../alerts/outbox/worker.ts';
import { connectPostgres } from '../../../store/postgres/pool.ts';
import { storesOn } from '../stores.ts';

const [url = '', now = '0'] = process.argv.slice(2);
const worker = createOutboxWorker({
  ...storesOn(connectPostgres({ url })),
  openChannel: channelOpener({
    secret: () => `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
    publicUrl: 'http://127.0.0.1',
  }),
  nowMs: () => Number(now),
  random: Math.random,
  emit: () => undefined,
});
worker.start();
