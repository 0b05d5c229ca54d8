/**
 * The way of a request through the service, for a collector of OpenTelemetry where the settings name
 * one. Spans say names, ids of ours and numbers: nothing that somebody typed, and no error's words.
 */
import { traceOf } from '../trace.js';

export type Attributes = Readonly<Record<string, string | number | boolean | string[]>>;

/** What goes on: a request, a command, an append, or what follows of it. */
export interface Work {
  readonly name: string;
  readonly kind: 'server' | 'internal' | 'client' | 'producer' | 'consumer';
  readonly attributes?: Attributes;
  /** Milliseconds since the epoch; absent: now. */
  readonly begunAt?: number;
}

export interface Span {
  /** Names it as the parent of what follows from it, as W3C has it. */
  readonly traceparent: string;
  /** False: it is left out, and so is what follows. */
  readonly isSampled: boolean;
  /** @param error what it failed with, by name. */
  end(attributes?: Attributes, error?: string): void;
}

export abstract class Tracing {
  /** @param parent a `traceparent`; what can't be read as one is none. */
  abstract begin(work: Work, parent?: string): Span;

  /** Hands on what has ended, for as long as that takes, but for a few seconds at most. */
  abstract close(): Promise<void>;
}

/** A span in every trace that the work belongs to; in those of none, none. */
export function beginAll(
  tracing: Tracing,
  work: Work,
  parents: readonly (string | undefined)[],
): Pick<Span, 'end'> {
  const known = new Set(parents.filter((one) => one !== undefined));
  const spans = [...known].map((parent) => tracing.begin(work, parent));
  return {
    end: (attributes, error) => {
      for (const span of spans) span.end(attributes, error);
    },
  };
}

/** Does it within such spans. @param about what they say of its outcome. */
export async function within<T>(
  spans: Pick<Span, 'end'>,
  work: () => Promise<T>,
  about: (outcome: T) => Attributes = () => ({}),
): Promise<T> {
  let outcome: T;
  try {
    outcome = await work();
  } catch (error) {
    spans.end({}, nameOf(error));
    throw error;
  }
  spans.end(about(outcome));
  return outcome;
}

/** What an error is called: what it says may name anybody. */
export const nameOf = (error: unknown): string => traceOf(error).error;
