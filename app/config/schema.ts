import { z } from 'zod';
import { durationMs } from '../../model/time.ts';

export const ROLES = ['collector', 'analyzers', 'alerts', 'web'] as const;
export type Role = (typeof ROLES)[number];

const port = z.number().int().min(0).max(65_535);
const MIB = 1_048_576;

/** `64MiB`, `512KiB`, `2GiB` or a plain number of bytes. */
const bytes = z.union([z.number().int().positive(), z.string()]).transform((raw, ctx) => {
  const match = /^(\d+)\s*(B|KiB|MiB|GiB)?$/.exec(String(raw));
  if (match) {
    const unit = { B: 1, KiB: 1_024, MiB: MIB, GiB: 1_024 * MIB }[match[2] ?? 'B'];
    if (unit !== undefined) return Number(match[1]) * unit;
  }
  ctx.addIssue({ code: 'custom', message: `"${raw}" is not a size such as 64MiB or 1GiB` });
  return z.NEVER;
});

/** `https://app.example.com`, `https://*.example.com` or `*`. */
const origin = z
  .string()
  .regex(/^(\*|[a-z][a-z0-9+.-]*:\/\/[^\s/*]*\*?[^\s/*]*)$/i, 'an origin such as https://*.example.com');

/** The whole configuration file. Every key can be set by the environment too (keys.ts), and stands in docs/reference/configuration.md. */
export const configSchema = z.strictObject({
  dataDir: z
    .string()
    .min(1)
    .default('leeway-data')
    .describe('Everything Leeway keeps on this machine: telemetry, control state, spool.'),
  roles: z
    .array(z.enum(ROLES))
    .min(1)
    .default([...ROLES])
    .describe('What this process does; the others may run elsewhere on the same stores.'),
  listen: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1').describe('The address of all doors.'),
      ingestPort: port.default(4318).describe('OTLP over HTTP, and JSON.'),
      grpcPort: port
        .optional()
        .describe('OTLP over gRPC. Left out: 4317, or any free one where ingestPort was moved.'),
      webPort: port.default(4300).describe('Dashboard, API and OFREP.'),
      allowedHosts: z
        .array(z.string())
        .default([])
        .describe('Host names under which browsers may reach the dashboard, beside the listening address.'),
    })
    .prefault({}),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('How people reach the dashboard; goes into mails and webhooks. Left out: from `listen`.'),
  clickhouse: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }).describe('Left out: ClickHouse in this process.'),
      user: z.string().default('default').describe('Who Leeway is there.'),
      password: z.string().default('').describe('Its password.'),
      database: z.string().default('default').describe('Where the tables are made.'),
      replicated: z.boolean().default(false).describe('Replicated* tables on a cluster.'),
    })
    .optional(),
  postgres: z
    .strictObject({
      url: z
        .string()
        .regex(/^postgres(ql)?:\/\//, 'a postgres:// URL')
        .describe('Left out: a private server in the data directory.'),
    })
    .optional(),
  ingest: z
    .strictObject({
      requireToken: z
        .boolean()
        .default(false)
        .describe(
          'Off, whoever reaches the port may send to the project `default`; so it must be on when the port is not on loopback.',
        ),
      cors: z
        .strictObject({
          allowedOrigins: z
            .array(origin)
            .default([])
            .describe(
              'Which pages may send from a browser: `https://app.example`, `https://*.example` or `*`.',
            ),
          allowedHeaders: z
            .array(z.string().min(1))
            .default([])
            .describe('Beside Accept, Content-Type, X-Requested-With and the like; `*` for all.'),
          exposedHeaders: z
            .array(z.string().min(1))
            .default([])
            .describe('Headers of the answer that such a page may read.'),
          maxAge: durationMs.optional().describe('How long a browser may remember that it may send.'),
        })
        .prefault({}),
      maxBody: bytes.prefault('64MiB').describe('On the wire and after inflating.'),
      spool: bytes.prefault('1GiB').describe('What may wait on disk while the telemetry store is away.'),
      threads: z
        .number()
        .int()
        .min(0)
        .max(64)
        .optional()
        .describe(
          'Threads that inflate and decode large requests; 0: the thread that receives them does. Left out: two fewer than the machine has cores, at most 4.',
        ),
      quota: z
        .strictObject({
          recordsPerSecond: z
            .number()
            .int()
            .positive()
            .describe(
              'Of each token that has no rate of its own, and of all that send without one; in the long run. Left out: as much as the machine takes.',
            ),
          burst: z
            .number()
            .int()
            .positive()
            .optional()
            .describe('At once, after a pause. Left out: what ten seconds give.'),
        })
        .optional(),
    })
    .prefault({}),
  analysis: z
    .strictObject({
      every: durationMs.prefault('1s').describe('How often the analyzers look for what is new.'),
      keep: z
        .strictObject({
          minutes: durationMs
            .prefault('14d')
            .describe('How long profiles by minute are kept, in event time.'),
          hours: durationMs.prefault('90d').describe('How long profiles by hour are kept.'),
          days: durationMs.prefault('730d').describe('How long profiles by day are kept.'),
        })
        .prefault({}),
    })
    .prefault({}),
  documents: z.string().optional().describe('Directory of YAML documents that are applied at start.'),
  log: z
    .strictObject({
      level: z
        .enum(['error', 'warn', 'info', 'debug'])
        .default('info')
        .describe('The least that is written to standard error.'),
    })
    .prefault({}),
});
export type Config = z.output<typeof configSchema>;
