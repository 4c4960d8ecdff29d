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

/** The whole configuration file. Every key can be set by the environment too: LEEWAY_ and the path in capitals. */
export const configSchema = z.strictObject({
  /** Everything Leeway keeps on this machine: telemetry, control state, spool. */
  dataDir: z.string().min(1).default('leeway-data'),
  /** What this process does; the others may run elsewhere on the same stores. */
  roles: z
    .array(z.enum(ROLES))
    .min(1)
    .default([...ROLES]),
  listen: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      ingestPort: port.default(4318),
      /** OTLP over gRPC. Left out: 4317, or any free one where ingestPort was moved. */
      grpcPort: port.optional(),
      webPort: port.default(4300),
      /** Host names under which browsers may reach the dashboard, beside the listening address. */
      allowedHosts: z.array(z.string()).default([]),
    })
    .prefault({}),
  /** How people reach the dashboard; goes into mails and webhooks. Left out: from `listen`. */
  publicUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** Left out: ClickHouse in this process. */
  clickhouse: z
    .strictObject({
      url: z.url({ protocol: /^https?$/ }),
      user: z.string().default('default'),
      password: z.string().default(''),
      database: z.string().default('default'),
      /** Replicated* tables on a cluster. */
      replicated: z.boolean().default(false),
    })
    .optional(),
  /** Left out: a private server in the data directory. */
  postgres: z.strictObject({ url: z.string().regex(/^postgres(ql)?:\/\//, 'a postgres:// URL') }).optional(),
  ingest: z
    .strictObject({
      /** Off, whoever reaches the port may send to the project `default`; so it must be on when the port is not on loopback. */
      requireToken: z.boolean().default(false),
      /** Which pages may send from a browser; left out, none. */
      cors: z
        .strictObject({
          allowedOrigins: z.array(origin).default([]),
          /** Beside Accept, Content-Type, X-Requested-With and the like; `*` for all. */
          allowedHeaders: z.array(z.string().min(1)).default([]),
          exposedHeaders: z.array(z.string().min(1)).default([]),
          /** How long a browser may remember that it may send. */
          maxAge: durationMs.optional(),
        })
        .prefault({}),
      /** On the wire and after inflating. */
      maxBody: bytes.prefault('64MiB'),
      /** What may wait on disk while the telemetry store is away. */
      spool: bytes.prefault('1GiB'),
      /** Of each token that has no rate of its own, and of all that send without one. Left out: as much as the machine takes. */
      quota: z
        .strictObject({
          /** In the long run. */
          recordsPerSecond: z.number().int().positive(),
          /** At once, after a pause. Left out: what ten seconds give. */
          burst: z.number().int().positive().optional(),
        })
        .optional(),
    })
    .prefault({}),
  analysis: z
    .strictObject({
      every: durationMs.prefault('1s'),
      /** How long profiles are kept, in event time: the finer, the shorter. */
      keep: z
        .strictObject({
          minutes: durationMs.prefault('14d'),
          hours: durationMs.prefault('90d'),
          days: durationMs.prefault('730d'),
        })
        .prefault({}),
    })
    .prefault({}),
  /** Directory of YAML documents that are applied at start. */
  documents: z.string().optional(),
  log: z.strictObject({ level: z.enum(['error', 'warn', 'info', 'debug']).default('info') }).prefault({}),
});
export type Config = z.output<typeof configSchema>;
