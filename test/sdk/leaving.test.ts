import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import type { Tracer } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { build } from 'vite';
import { describe, expect, it, vi } from 'vitest';
import { createDecisions } from '../../sdk/index.ts';

const SDK = join(import.meta.dirname, '../../sdk/index.ts');

function recorded(): { readonly exporter: InMemorySpanExporter; readonly tracer: Tracer } {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  return { exporter, tracer: provider.getTracer('t') };
}

describe('sampling', () => {
  it('keeps the share by id with its weight raised, and always what people touched or what failed', () => {
    const { exporter, tracer } = recorded();
    const N = 20_000;
    const share = 0.1;
    const { decision, counters } = createDecisions({ tracer, sampling: { share } });
    for (let at = 0; at < N; at++)
      decision('s', { id: `case-${at}`, weight: 2 })
        .value('go')
        .end();
    const kept = (): string[] =>
      exporter
        .getFinishedSpans()
        .flatMap(({ attributes }) =>
          attributes['leeway.decision.value'] === undefined ? [] : [String(attributes['leeway.decision.id'])],
        );
    const first = kept();
    // Binomial: 2,000 expected, standard deviation √(20,000 · 0.1 · 0.9) = 42.4; four of them.
    expect(Math.abs(first.length - N * share)).toBeLessThan(170);
    const weights = exporter.getFinishedSpans().map(({ attributes }) => attributes['leeway.decision.weight']);
    expect(new Set(weights)).toEqual(new Set([undefined, 20]));
    expect(counters()).toMatchObject({ decisions: first.length, sampledOut: N - first.length });
    // Spans are not sampled here: only what makes them decisions is left out.
    expect(exporter.getFinishedSpans()).toHaveLength(N);

    exporter.reset();
    const other = createDecisions({ tracer, sampling: { share } });
    for (let at = 0; at < 100; at++)
      other
        .decision('s', { id: `case-${at}` })
        .value('go')
        .end();
    expect(kept()).toEqual(first.filter((id) => Number(id.slice(5)) < 100));

    exporter.reset();
    const none = createDecisions({ tracer, sampling: { share: 0 } });
    none.decision('s', { id: 'machine' }).value('go').end();
    none.decision('s', { id: 'person', actor: 'human' }).value('go').end();
    none.decision('s', { id: 'both' }).by('both').value('go').end();
    none.decision('s', { id: 'asked', route: 'review' }).value('go').end();
    none.decision('s', { id: 'failed' }).value('go').failed(new Error('x')).end();
    expect(kept()).toEqual(['person', 'both', 'asked', 'failed']);
  });
});

describe('a dry run', () => {
  it('says what would be sent, after redaction, and sends nothing', () => {
    const { exporter, tracer } = recorded();
    const told = vi.spyOn(console, 'info').mockReturnValue(undefined);
    const redact = <R extends object>(record: R): R => ({ ...record, features: {} });
    const { decision } = createDecisions({ tracer, dryRun: true, redact });
    decision('s', { id: 'd-1', features: { email: 'eve@example.org' } })
      .value('go')
      .end();
    const line = String(told.mock.lastCall?.[0]);
    told.mockRestore();
    expect(JSON.parse(line)).toMatchObject({ system: 's', id: 'd-1', value: 'go', features: {} });
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});

describe('flushOnTermination', () => {
  it('sends what waits when the process is told to end, and lets it end by that signal', async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      request.on('data', (chunk) => bodies.push(String(chunk)));
      request.on('end', () => response.end('{"accepted":1,"rejected":[]}'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const script = `
      import { createOutcomes, flushOnTermination } from ${JSON.stringify(SDK)};
      const outcomes = createOutcomes({ url: ${JSON.stringify(url)}, flushMs: 600_000 });
      flushOnTermination([{ flush: () => { throw new Error('of another'); } }, outcomes]);
      outcomes.outcome({ decisionId: 'd-1', system: 's', value: 'late' });
      setInterval(() => {}, 1_000);
      console.log('ready');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    const [code, signal] = await once(child, 'exit');
    server.close();
    expect([code, signal]).toEqual([null, 'SIGTERM']);
    expect(bodies.join('')).toContain('"decisionId":"d-1"');
  });
});

describe('in a browser', () => {
  it('is one bundle without anything of Node’s, and decides', async () => {
    const entry = join(import.meta.dirname, '../../sdk/index.ts');
    const made = await build({
      configFile: false,
      logLevel: 'error',
      build: {
        write: false,
        minify: false,
        lib: { entry, formats: ['iife'], name: 'leeway', fileName: 'leeway' },
      },
    });
    const [output] = Array.isArray(made) ? made : [];
    const code = output?.output[0]?.code ?? '';
    expect(code).not.toMatch(/node:|require\(/);
    // What browsers have of what it uses; no process, no Buffer.
    const page = createContext({ crypto, console, setTimeout, clearTimeout, URL, AbortSignal, fetch });
    runInContext(
      `${code}; const sink = leeway.createTestSink(); leeway.flushOnTermination([]);
       leeway.decision('s', { features: { a: 1 } }).value('go').end(); globalThis.seen = sink.records.length;`,
      page,
    );
    expect(runInContext('seen', page)).toBe(1);
  });
});
