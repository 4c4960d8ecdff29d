/**
 * The semantic convention of decisions: which attributes of a span make it a decision, and what each one means.
 * A span is a decision if it has the string attribute `leeway.decision.value`. Its start is the decision's time,
 * its duration the latency.
 */
export const DECISION_PREFIX = 'leeway.decision.';

/** Attributes that hold one text, by their name behind the prefix. */
export const DECISION_TEXTS = [
  'value',
  'id',
  'system',
  'actor',
  'model.name',
  'model.version',
  'policy.name',
  'policy.version',
  'route',
] as const;
export type DecisionText = (typeof DECISION_TEXTS)[number];

/** Attributes that hold one number. */
export const DECISION_NUMBERS = ['score', 'confidence', 'weight'] as const;
export type DecisionNumber = (typeof DECISION_NUMBERS)[number];

/** Lists of texts. */
export const DECISION_LISTS = ['upstream', 'features.missing'] as const;

/** One attribute per feature: a number is numeric; a text or a boolean is categorical. */
export const FEATURE_PREFIX = 'feature.';
/** One attribute per segment key, for example `leeway.decision.segment.region`. */
export const SEGMENT_PREFIX = 'segment.';
/** One attribute per free text that the decision was made from, for example `leeway.decision.text.complaint`. */
export const TEXT_PREFIX = 'text.';
/** One attribute per embedding: an array of numbers. */
export const EMBEDDING_PREFIX = 'embedding.';

/**
 * Where a record belongs and how it came is said by the credential and the collector, in columns of their own. In a
 * payload these attributes say nothing: they are replaced by what is known, and counted.
 */
export const RESERVED = [
  'leeway.project',
  'leeway.tenant',
  'leeway.source',
  'leeway.received_at',
  'leeway.contract',
  'leeway.violations',
  'leeway.quarantined',
] as const;

/** Position in the Enum8 columns of the decisions table. */
export const ACTOR_CODE: Readonly<Record<string, number>> = { ai: 1, human: 2, both: 3 };
export const ROUTE_CODE: Readonly<Record<string, number>> = { auto: 1, review: 2 };
export const SOURCE_OTLP = 1;
export const SOURCE_JSON = 2;

/**
 * Other conventions whose spans are decisions as they are. The marker names the kind of span; only the kinds listed
 * choose something, and only when the value is there. Of several attributes the first that is there counts.
 */
export type Convention = {
  readonly marker: string;
  /** Kind of span → attributes that hold what was decided. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly modelName: readonly string[];
  readonly modelVersion: readonly string[];
  readonly policyName: readonly string[];
  /** Attribute → the feature it is; numbers are numeric, texts categorical. */
  readonly features: Readonly<Record<string, string>>;
};

/** OpenTelemetry's semantic conventions for generative AI. */
const FINISH = ['gen_ai.response.finish_reasons'];
const GEN_AI: Convention = {
  marker: 'gen_ai.operation.name',
  values: {
    chat: FINISH,
    text_completion: FINISH,
    generate_content: FINISH,
    invoke_agent: FINISH,
    // Which tool to call is what the model chose.
    execute_tool: ['gen_ai.tool.name'],
  },
  modelName: ['gen_ai.provider.name', 'gen_ai.system'],
  modelVersion: ['gen_ai.response.model', 'gen_ai.request.model'],
  policyName: ['gen_ai.agent.name'],
  features: {
    'gen_ai.operation.name': 'operation',
    'gen_ai.usage.input_tokens': 'input_tokens',
    'gen_ai.usage.output_tokens': 'output_tokens',
    'gen_ai.request.temperature': 'temperature',
    'gen_ai.request.top_p': 'top_p',
    'gen_ai.request.max_tokens': 'max_tokens',
    'error.type': 'error_type',
  },
};

/** OpenInference: an answer counts as a decision when it is one short line, as a classifier's or a guardrail's is. */
const OUTPUT = ['output.value'];
const OPENINFERENCE: Convention = {
  marker: 'openinference.span.kind',
  values: { LLM: OUTPUT, GUARDRAIL: OUTPUT, AGENT: OUTPUT, TOOL: ['tool.name'] },
  modelName: ['llm.provider', 'llm.system'],
  modelVersion: ['llm.model_name'],
  policyName: ['agent.name', 'llm.prompt_template.version'],
  features: {
    'openinference.span.kind': 'span_kind',
    'llm.token_count.prompt': 'input_tokens',
    'llm.token_count.completion': 'output_tokens',
    'llm.token_count.total': 'total_tokens',
  },
};
export const CONVENTIONS: readonly Convention[] = [GEN_AI, OPENINFERENCE];

/** The longest answer that is a decision and not prose. */
export const MOST_VALUE_CHARS = 64;

/** An evaluation of the span it stands on or, as a log record, belongs to: a label becomes an outcome, a score the feature `evaluation.<name>`. */
export const EVALUATION_EVENT = {
  name: 'gen_ai.evaluation.result',
  of: 'gen_ai.evaluation.name',
  label: 'gen_ai.evaluation.score.label',
  score: 'gen_ai.evaluation.score.value',
  explanation: 'gen_ai.evaluation.explanation',
  /** Names what was evaluated where the span is not known: the decision with this id. */
  responseId: 'gen_ai.response.id',
} as const;
/** OpenInference: `evaluations.0.evaluation.label`, and the same as `annotations.0.annotation.label`. */
export const EVALUATION_ATTRIBUTE =
  /^(?:evaluations\.(\d{1,3})\.evaluation|annotations\.(\d{1,3})\.annotation)\.(name|label|score|explanation)$/;

/** A flag that was evaluated, on a span or as a log record: the variant is what was decided, the flag is the policy. */
export const FLAG_EVENT = {
  names: ['feature_flag.evaluation', 'feature_flag'],
  flag: 'feature_flag.key',
  values: ['feature_flag.result.variant', 'feature_flag.variant', 'feature_flag.result.value'],
  version: 'feature_flag.version',
  features: {
    'feature_flag.result.reason': 'reason',
    'feature_flag.provider.name': 'provider',
    'feature_flag.set.id': 'flag_set',
  },
} as const;
