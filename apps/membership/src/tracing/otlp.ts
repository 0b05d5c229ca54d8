/** OpenTelemetry itself: spans, gathered and sent over OTLP. Loaded only where a collector is named. */
import { randomUUID } from 'node:crypto';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { ExportResultCode, parseTraceParent, type ExportResult } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace';
import { Tracing, type Span, type Work } from './tracing.js';

export interface OtlpOptions {
  /** Where the collector is; traces go to `/v1/traces` below it. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What this service is called. */
  readonly service: string;
  /** Of the requests that come without a trace, from 0 to 1; one that has a trace says for itself. */
  readonly share: number;
  readonly onTrouble: (error: unknown) => void;
}

const KINDS = {
  server: SpanKind.SERVER,
  internal: SpanKind.INTERNAL,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** Spans that wait, at most, whatever the collector does: what comes beyond is dropped. */
const WAITING = 8192;
/** Milliseconds: between two batches, and for one to be taken, also at the end. */
const EVERY = 1000;
const PATIENCE = 2000;

export class OtlpTracing extends Tracing {
  readonly #provider: TracerProvider;
  readonly #tracer: ReturnType<TracerProvider['getTracer']>;

  constructor({ endpoint, headers, service, share, onTrouble }: OtlpOptions) {
    super();
    const url = `${endpoint}/v1/traces`;
    const collector = new OTLPTraceExporter({ url, headers, timeoutMillis: PATIENCE });
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({
        'service.name': service,
        'service.instance.id': randomUUID(),
      }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: telling(collector, onTrouble),
          maxQueueSize: WAITING,
          scheduledDelayMillis: EVERY,
          exportTimeoutMillis: PATIENCE,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer('membership');
  }

  begin({ name, kind, attributes = {}, begunAt }: Work, parent?: string): Span {
    const known = parent === undefined ? null : parseTraceParent(parent);
    const span = this.#tracer.startSpan(
      name,
      { kind: KINDS[kind], attributes, ...(begunAt === undefined ? {} : { startTime: begunAt }) },
      known === null
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, { ...known, isRemote: true }),
    );
    const { traceId, spanId, traceFlags } = span.spanContext();
    const isSampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
    return {
      traceparent: `00-${traceId}-${spanId}-0${Number(isSampled)}`,
      isSampled,
      end: (more = {}, error) => {
        span.setAttributes(more);
        if (error !== undefined) {
          span.setAttribute('error.type', error);
          span.setStatus({ code: SpanStatusCode.ERROR });
        }
        span.end();
      },
    };
  }

  async close(): Promise<void> {
    // A collector that is not there loses what it would have been given.
    await this.#provider.shutdown().catch(() => undefined);
  }
}

/** Tells of an outage when it begins, and of nothing more until it is over. */
function telling(exporter: SpanExporter, onTrouble: (error: unknown) => void): SpanExporter {
  let isOut = false;
  return {
    export: (spans: ReadableSpan[], done: (result: ExportResult) => void) =>
      exporter.export(spans, (result) => {
        const failed = result.code !== ExportResultCode.SUCCESS;
        if (failed && !isOut) onTrouble(result.error);
        isOut = failed;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
