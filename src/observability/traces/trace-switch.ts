/** The variables of OpenTelemetry that decide whether there are traces; its own library reads the others. */
export type TraceEnvironment = Readonly<Record<string, string | undefined>>;

/** Whether traces are wanted; off with a reason: they seem to be, and cannot be had. */
export type TraceSwitch = { readonly on: true } | { readonly on: false; readonly reason?: string };

const off: TraceSwitch = { on: false };

/**
 * Reads the standard variables: traces are on where an endpoint of OTLP is named, unless they are switched off.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function readTraceSwitch(env: TraceEnvironment): TraceSwitch {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (!endpoint || env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return off;
  const exporter = env['OTEL_TRACES_EXPORTER'] || 'otlp';
  if (exporter === 'none') return off;
  if (exporter !== 'otlp')
    return { on: false, reason: 'OTEL_TRACES_EXPORTER: there is no exporter but otlp' };
  if (!isHttpUrl(endpoint)) {
    return { on: false, reason: 'OTEL_EXPORTER_OTLP_ENDPOINT: must be an http or https URL' };
  }
  const protocol =
    env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || env['OTEL_EXPORTER_OTLP_PROTOCOL'] || 'http/json';
  // Who takes one encoding of OTLP over HTTP takes the other.
  if (!protocol.startsWith('http/')) {
    return { on: false, reason: 'OTEL_EXPORTER_OTLP_PROTOCOL: there is no protocol but http/json' };
  }
  return { on: true };
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
