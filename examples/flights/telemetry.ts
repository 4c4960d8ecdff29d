import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';

const SPANS_PER_EXPORT = 2_048;
/** Several ticks' worth: a tick flushes before the next one starts, so that this is never full. */
const SPANS_WAITING = 32_768;

export type Telemetry = {
  readonly tracer: ReturnType<typeof trace.getTracer>;
  /** Waits until every ended span was answered. */
  flush(): Promise<void>;
  stop(): Promise<void>;
};

/** The stock OpenTelemetry SDK and exporter, as any service would set them up. Nothing of Leeway is imported. */
export function startTelemetry(ingestUrl: string): Telemetry {
  const processor = new BatchSpanProcessor({
    exporter: new OTLPTraceExporter({ url: `${ingestUrl}/v1/traces` }),
    maxQueueSize: SPANS_WAITING,
    maxExportBatchSize: SPANS_PER_EXPORT,
    scheduledDelayMillis: 1_000,
  });
  const sdk = new NodeSDK({
    serviceName: 'flights',
    spanProcessors: [processor],
    autoDetectResources: false,
  });
  sdk.start();
  return {
    tracer: trace.getTracer('examples/flights'),
    flush: () => processor.forceFlush(),
    stop: () => sdk.shutdown(),
  };
}
