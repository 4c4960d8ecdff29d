import { describe, expect, it } from 'vitest';
import { createReader } from '../../alerts/read.ts';
import type { Finding } from '../../model/finding.ts';
import type { IncidentStore } from '../../store/ports/incidents.ts';
import { finding, minute } from './findings.ts';
import { PROJECT } from './house.ts';

function log(findings: Finding[]) {
  let cursorMs: number | undefined;
  const incidents: Pick<IncidentStore, 'cursor' | 'advanceCursor'> = {
    cursor: async () => cursorMs,
    advanceCursor: async (_project, atMs) => {
      cursorMs = Math.max(cursorMs ?? 0, atMs);
    },
  };
  const since = async (_project: unknown, fromMs: number, limit: number) =>
    findings
      .filter((one) => one.evaluatedAtMs >= fromMs)
      .toSorted((a, b) => a.evaluatedAtMs - b.evaluatedAtMs)
      .slice(0, limit);
  return { findings: { since }, incidents: incidents as IncidentStore };
}

/** Ids in the order in which they were handed out, until nothing is left. */
async function drain(reader: ReturnType<typeof createReader>): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const batch = await reader.next(PROJECT);
    const found = [...batch.bySystem.values()].flat();
    if (found.length === 0) return ids;
    ids.push(...found.map(({ id }) => id));
    await reader.taken(PROJECT, batch);
  }
}

const row = (n: number, evaluatedAtMs: number): Finding =>
  finding({ id: `f${n}`, verdict: 'ok', at: n, evaluatedAtMs });

describe('reading findings', () => {
  it('hands out each once, also when thousands bear one stamp', async () => {
    const findings = Array.from({ length: 9_000 }, (_, n) => row(n, minute(n < 7_000 ? 0 : n)));
    const ids = await drain(createReader(log(findings)));
    expect(ids).toHaveLength(9_000);
    expect(new Set(ids).size).toBe(9_000);
  });

  it('takes what became readable late, behind what was read already', async () => {
    const findings = [row(1, minute(1))];
    const reader = createReader(log(findings));
    expect(await drain(reader)).toEqual(['f1']);
    findings.push(row(2, minute(1) - 9_000));
    expect(await drain(reader)).toEqual(['f2']);
    expect(await drain(reader)).toEqual([]);
  });

  it('asks again for what was handed out and not taken', async () => {
    const reader = createReader(log([row(1, minute(1))]));
    await reader.next(PROJECT);
    expect(await drain(reader)).toEqual(['f1']);
  });

  it('goes on from the stored cursor after a restart, a little before it', async () => {
    const store = log([row(1, minute(1)), row(2, minute(2))]);
    await drain(createReader(store));
    expect(await drain(createReader(store))).toEqual(['f2']);
  });
});
