/** What collects traces: takes OTLP over HTTP, and shows the spans that were sent. */
import { Receiver } from '../publishing/support/receiver.js';
import { eventually } from './service.js';

export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** 2: it has failed. */
  readonly status: { readonly code?: number };
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}
interface SentSpan extends Omit<CollectedSpan, 'attributes'> {
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

export class Collector {
  private constructor(readonly receiver: Receiver) {}

  static async start(): Promise<Collector> {
    const receiver = await Receiver.start();
    receiver.answers = 200;
    return new Collector(receiver);
  }

  /** What has the service send its traces here. */
  get settings(): Readonly<Record<string, string>> {
    return { OTEL_EXPORTER_OTLP_ENDPOINT: new URL(this.receiver.url).origin };
  }

  /** Of one trace, or all. */
  spans(trace?: string): CollectedSpan[] {
    return this.receiver.events
      .flatMap((sent) => (sent as unknown as Sent).resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
      .map(({ attributes, ...span }) => ({
        ...span,
        attributes: Object.fromEntries(
          attributes.map(({ key, value }) => [key, Object.values(value)[0]]),
        ),
      }))
      .filter(({ traceId }) => trace === undefined || traceId === trace);
  }

  /** Waits until spans of these names are there. */
  collects(trace: string, ...names: readonly string[]): Promise<CollectedSpan[]> {
    return eventually(
      () => {
        const spans = this.spans(trace);
        return names.every((name) => spans.some((span) => span.name === name)) ? spans : undefined;
      },
      `spans ${names.join(', ')} of ${trace}`,
    );
  }

  stop(): Promise<unknown> {
    return this.receiver.stop();
  }
}

/** Span → what it follows from, by name; of the caller's own the id alone. */
export const parentsIn = (spans: readonly CollectedSpan[]): Record<string, string | undefined> => {
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name]));
  return Object.fromEntries(
    spans.map(({ name, parentSpanId: parent }) => [name, names.get(parent ?? '') ?? parent]),
  );
};
