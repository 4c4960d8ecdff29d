import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ROW_LAYOUT, type RowLayout } from '../../store/ports/loads.ts';
import { SIGNALS, type Signal } from '../reasons.ts';
import type { SpoolFiles } from './files.ts';

/** Columns of rows, under the name that frames give them. */
export type Layouts = Readonly<Record<string, RowLayout>>;

const fileShape = z.record(z.string(), z.array(z.tuple([z.string(), z.string()])));

/** A name for a list of columns: a frame says it, so that its rows are never read as another version's. */
const nameOf = (layout: RowLayout): string =>
  createHash('sha256').update(JSON.stringify(layout)).digest('hex').slice(0, 12);

/** What this version writes. */
const CURRENT: ReadonlyMap<Signal, string> = new Map(
  SIGNALS.map((signal) => [signal, nameOf(ROW_LAYOUT[signal])]),
);
const KNOWN = new Map<string, RowLayout>(
  SIGNALS.map((signal) => [nameOf(ROW_LAYOUT[signal]), ROW_LAYOUT[signal]]),
);

export const currentLayout = (signal: Signal): string => CURRENT.get(signal) ?? '';

const FILE = 'layouts.json';

/** Writes down what the names in this version's frames mean, for a later version that writes other columns. */
export async function keepLayouts(directory: string, files: SpoolFiles): Promise<void> {
  const before = await readLayouts(directory, files);
  const all = { ...before, ...Object.fromEntries(KNOWN) };
  if (Object.keys(all).length > Object.keys(before).length)
    await files.replace(`${directory}/${FILE}`, [Buffer.from(JSON.stringify(all))]);
}

export async function readLayouts(directory: string, files: SpoolFiles): Promise<Layouts> {
  try {
    return fileShape.parse(JSON.parse((await files.read(`${directory}/${FILE}`)).toString('utf8')));
  } catch {
    // None, or damaged: frames of a layout that nobody knows are set aside, those of this version are not.
    return {};
  }
}

/** What the last version wrote whose frames did not say their layout. */
const UNNAMED: Readonly<Record<Signal, string>> = {
  spans:
    'project trace_id span_id parent_span_id trace_state service name kind start_time duration_ns ' +
    'status_code status_message attr_str attr_int attr_num attr_bool attr_json resource scope_name ' +
    'scope_version events links received_at',
  decisions:
    'project system decision_id time value actor model model_version policy policy_version score ' +
    'confidence route weight latency_ns num cat missing segments upstream trace_id span_id source ' +
    'contract violations quarantined received_at',
  outcomes: 'project system decision_id time kind value by note received_at',
  logs:
    'project time observed_time trace_id span_id flags severity_number severity_text service ' +
    'event_name body_kind body attr_str attr_int attr_num attr_bool attr_json resource ' +
    'resource_schema_url scope_name scope_version scope_attributes scope_schema_url record_hash ' +
    'received_at',
  metrics:
    'project service metric description unit kind temporality is_monotonic start_time time flags ' +
    'attr_str attr_int attr_num attr_bool attr_json value int_value count sum min max bucket_counts ' +
    'bounds scale zero_count zero_threshold positive_offset positive_counts negative_offset ' +
    'negative_counts quantiles quantile_values exemplars resource resource_schema_url scope_name ' +
    'scope_version scope_attributes scope_schema_url record_hash received_at',
};

/** The columns of a frame's rows; undefined when nobody can say what they are. */
export function layoutOf(signal: Signal, name: string | undefined, kept: Layouts): RowLayout | undefined {
  if (name === undefined) {
    const columns = new Set(UNNAMED[signal].split(' '));
    return ROW_LAYOUT[signal].filter(([column]) => columns.has(column));
  }
  return KNOWN.get(name) ?? (Object.hasOwn(kept, name) ? kept[name] : undefined);
}
