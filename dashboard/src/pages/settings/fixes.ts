/** What to do about a refusal. The message says what is wrong; a reason that is not listed has nothing to add. */
const FIXES: readonly (readonly [RegExp, string])[] = [
  [/too_large|size/, 'Send smaller batches: in OpenTelemetry, lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE.'],
  [/time|clock|range/, 'Check the sender’s clock, and that times are RFC 3339 or epoch milliseconds.'],
  [/type|encoding|media/, 'Set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf or http/json.'],
  [/json|malformed|invalid|schema|shape/, 'Compare the record with the example in /openapi.json.'],
  [
    /spool|disk|full|unavailable/,
    'Leeway could not take it; exporters try again by themselves. Check the disk of the data directory.',
  ],
  [
    /unknown|key|field/,
    'Remove or rename the field; unknown fields are refused so that a typing error is not lost silently.',
  ],
];

export const fixOf = (reason: string): string => FIXES.find(([pattern]) => pattern.test(reason))?.[1] ?? '';
