import {
  type Document,
  type DocumentInput,
  type DocumentKind,
  type DocumentOf,
  document as documentSchema,
} from '../../model/documents/document.ts';
import { Failure } from '../../model/failure.ts';
import type { ProjectId } from '../../model/ids.ts';
import type { AuditLog } from '../ports/audit.ts';
import type { DocumentChange, DocumentStore, Stored } from '../ports/documents.ts';
import type { LiveBus } from '../ports/live.ts';
import type { PostgresDb, PostgresTx } from '../ports/postgres.ts';
import { canonicalJson } from './canonical.ts';

type Row = {
  readonly name: string;
  readonly version: number;
  /** The whole document as its author wrote it, metadata included. */
  readonly spec: DocumentInput;
  readonly deleted: boolean;
  readonly created_at: Date;
  readonly created_by: string;
};

const NEWEST = `SELECT DISTINCT ON (name) name, version, spec, deleted, created_at, created_by FROM document
  WHERE project = $1 AND kind = $2 AND ($3::text IS NULL OR name = $3) ORDER BY name, version DESC`;

/** Two people apply to one project at once: one after the other, each against what it finds then. */
const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('document ' || $1, 0))`;

type Parsed = { readonly source: DocumentInput; readonly document: Document };

export function createDocumentStore(db: PostgresDb, audit: AuditLog, live: LiveBus): DocumentStore {
  const newest = <K extends DocumentKind>(on: PostgresTx, project: ProjectId, kind: K, name?: string) =>
    on.query<Row>(NEWEST, [project, kind, name ?? null]);

  return {
    list: async (project, kind) =>
      (await newest(db, project, kind)).filter((row) => !row.deleted).map((row) => stored(kind, row)),

    get: async (project, kind, name) => {
      const [row] = await newest(db, project, kind, name);
      return row === undefined || row.deleted ? undefined : stored(kind, row);
    },

    apply: async (project, sources, by, nowMs, options = {}) => {
      const parsed = parseAll(sources);
      return db.transaction(async (tx) => {
        await tx.query(LOCK, [project]);
        const changes: DocumentChange[] = [];
        for (const { source, document } of parsed) {
          const { kind } = document;
          const { name } = document.metadata;
          const [before] = await newest(tx, project, kind, name);
          const decided = decide(source, before);
          changes.push({ kind, name, ...decided });
          if (decided.change === 'unchanged' || options.dryRun === true) continue;
          await tx.query(
            `INSERT INTO document (project, kind, name, version, spec, labels, created_at, created_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
            [
              project,
              kind,
              name,
              decided.version,
              JSON.stringify(source),
              JSON.stringify(document.metadata.labels ?? {}),
              new Date(nowMs),
              by,
            ],
          );
          const subject = `${kind}/${name}`;
          await audit.append(
            { project, by, what: 'document.applied', subject, details: { ...decided } },
            nowMs,
            tx,
          );
          await live.publish(project, 'document', subject, nowMs, tx);
        }
        return changes;
      });
    },
  };
}

function decide(source: DocumentInput, before: Row | undefined): Pick<DocumentChange, 'change' | 'version'> {
  if (before === undefined) return { change: 'created', version: 1 };
  if (before.deleted) return { change: 'created', version: before.version + 1 };
  return canonicalJson(before.spec) === canonicalJson(source)
    ? { change: 'unchanged', version: before.version }
    : { change: 'changed', version: before.version + 1 };
}

/** All of them, or every reason why not. */
function parseAll(sources: readonly DocumentInput[]): Parsed[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  const parsed = sources.flatMap((source, index) => {
    const result = documentSchema.safeParse(source);
    if (!result.success) {
      problems.push(
        ...result.error.issues.map(
          (issue) => `document ${index + 1}: ${issue.path.join('.')}: ${issue.message}`,
        ),
      );
      return [];
    }
    const subject = `${result.data.kind}/${result.data.metadata.name}`;
    if (seen.has(subject)) problems.push(`document ${index + 1}: ${subject} is there twice`);
    seen.add(subject);
    return [{ source, document: result.data }];
  });
  if (problems.length > 0) throw new Failure('config_invalid', problems.join('\n'), { retryable: false });
  return parsed;
}

function stored<K extends DocumentKind>(kind: K, row: Row): Stored<DocumentOf<K>> {
  const result = documentSchema.safeParse(row.spec);
  if (!result.success || !isOf(kind, result.data))
    throw new Failure(
      'config_invalid',
      `${kind}/${row.name} (version ${row.version}) is not one this Leeway understands: apply it anew. ${result.error?.message ?? ''}`,
      { retryable: false },
    );
  return {
    document: result.data,
    source: row.spec,
    version: row.version,
    createdAtMs: row.created_at.getTime(),
    createdBy: row.created_by,
  };
}

const isOf = <K extends DocumentKind>(kind: K, document: Document): document is DocumentOf<K> =>
  document.kind === kind;
