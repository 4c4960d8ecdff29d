// Spool, loader and chDB as a process that can be killed. Argument: CollectorProcessOptions as JSON. Prints its address.

import { flushCompileCache } from 'node:module';
import { nodeFiles } from '../../../collector/spool/files.ts';
import { openIngest } from '../../support/ingest.ts';
import { markPhases, withPhases } from '../frame/phases.ts';
import type { CollectorProcessOptions } from '../frame/product.ts';

const options: CollectorProcessOptions = JSON.parse(process.argv[2] ?? '{}');
const marks = markPhases(options.phaseFile, options.failpoint);
const { collector } = await openIngest(options.directory, (deps) => ({
  ...withPhases(deps, nodeFiles, marks),
  emit: (event) => {
    if (event.kind === 'segment_quarantined' || event.kind === 'fault')
      process.stderr.write(
        `${event.kind} ${event.kind === 'fault' ? String(event.error) : event.sentence}\n`,
      );
    if (event.kind === 'store_unavailable') process.stdout.write(`${event.kind} ${event.message}\n`);
    if (event.kind === 'spool_write_failed') process.stdout.write(`${event.kind} ${event.reason}\n`);
    if (event.kind === 'tail_cut' || event.kind === 'recovered') process.stdout.write(`${event.kind}\n`);
  },
  limits: options.limits ?? {},
}));
const { port } = await collector.start();
// It will be killed: what it compiled is kept now, for the next one.
flushCompileCache();
process.stdout.write(`http://127.0.0.1:${port}\n`);
