export type Snippet = {
  readonly name: string;
  readonly lead: string;
  /** `url`: where the collector listens. */
  readonly code: (url: string) => string;
};

export const SNIPPETS: readonly Snippet[] = [
  {
    name: 'curl',
    lead: 'The quickest way: one decision as JSON.',
    code: (url) => `curl -sS ${url}/v1/decisions \\
  -H 'content-type: application/json' \\
  -d '{
    "id": "first-1",
    "system": "flights",
    "time": "'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'",
    "value": "hold",
    "model": { "name": "delay", "version": "v1" },
    "score": 0.71,
    "features": { "hour": 17, "origin": "ORD" }
  }'`,
  },
  {
    name: 'OpenTelemetry',
    lead: 'A service that has OpenTelemetry already: point its exporter here, and set three attributes on the span that decides.',
    code: (url) => `export OTEL_EXPORTER_OTLP_ENDPOINT=${url}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
export OTEL_SERVICE_NAME=flights

# on the span:
#   leeway.decision.value          "hold"
#   leeway.decision.model.version  "v1"
#   leeway.decision.feature.hour   17`,
  },
  {
    name: 'TypeScript',
    lead: 'With the plain OpenTelemetry API: a span with leeway.decision.value is a decision.',
    code: (url) => `// OTEL_EXPORTER_OTLP_ENDPOINT=${url}
import { trace } from '@opentelemetry/api';

const tracer = trace.getTracer('flights');
tracer.startActiveSpan('decide', (span) => {
  span.setAttributes({
    'leeway.decision.value': 'hold',
    'leeway.decision.model.version': 'v1',
    'leeway.decision.score': 0.71,
    'leeway.decision.feature.hour': 17,
    'leeway.decision.feature.origin': 'ORD',
  });
  span.end();
});`,
  },
  {
    name: 'Python',
    lead: 'With the standard library alone.',
    code: (url) => `import json, urllib.request
from datetime import datetime, timezone

decision = {
    "id": "first-1",
    "system": "flights",
    "time": datetime.now(timezone.utc).isoformat(),
    "value": "hold",
    "model": {"name": "delay", "version": "v1"},
    "score": 0.71,
    "features": {"hour": 17, "origin": "ORD"},
}
request = urllib.request.Request(
    "${url}/v1/decisions",
    data=json.dumps(decision).encode(),
    headers={"content-type": "application/json"},
)
print(urllib.request.urlopen(request).read().decode())`,
  },
];
