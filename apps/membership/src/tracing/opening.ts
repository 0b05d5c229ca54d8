/** Whether there are traces. */
import type { Config } from '../config.js';
import type { Tracing } from './tracing.js';

/**
 * Tracing where the settings ask for it; else there is none, and nothing is loaded for it.
 * @param onTrouble told of an outage of the collector, once.
 */
export async function openTracing(
  config: TracingSettings,
  onTrouble: (error: unknown) => void,
): Promise<Tracing | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = config;
  if (endpoint === undefined) return undefined;
  const { OtlpTracing } = await import('./otlp.js');
  return new OtlpTracing({
    endpoint,
    headers: config.OTEL_EXPORTER_OTLP_HEADERS,
    service: config.OTEL_SERVICE_NAME,
    share: config.OTEL_TRACES_SAMPLER_ARG,
    onTrouble,
  });
}

export type TracingSettings = Pick<
  Config,
  | 'OTEL_EXPORTER_OTLP_ENDPOINT'
  | 'OTEL_EXPORTER_OTLP_HEADERS'
  | 'OTEL_SERVICE_NAME'
  | 'OTEL_TRACES_SAMPLER_ARG'
>;
