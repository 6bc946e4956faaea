import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { outcomeOf, type RequestFacts, servedMethod } from '../request-outcome.ts';
import { type Method, wrapMethods, wrapPorts } from '../watched-port.ts';
import { parseTraceParent } from './trace-parent.ts';

/** What of a request a span tells, before it is answered. */
export interface TracedRequest {
  readonly requestId: string;
  readonly method: string;
  /** The pattern of the route. */
  readonly route: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Spans through face, registry and statement:
 *
 *     POST /oauth/token ─┬─► clients.load
 *                        └─► accessTokens.insert
 *     PUT /api/clients/:client_id ─┬─► clients.load
 *                                  └─► registry.updateAndReveal ─┬─► clients.load
 *                                                                └─► clients.update
 *
 * They hold names of the code and outcomes, never a value of a request, of an answer or of a statement.
 */
export interface Tracing {
  /** Runs what answers a request within its span. */
  readonly within: (request: TracedRequest, response: object, answer: () => void) => void;
  readonly answered: (answer: RequestFacts, response: object) => void;
  readonly traceStores: <Stores extends object>(stores: Stores) => Stores;
  /** @param codeOf tells a refusal's code from a failure, which has none */
  readonly traceRegistry: <Registry extends object>(
    registry: Registry,
    codeOf: (error: unknown) => string | undefined,
  ) => Registry;
}

/** Makes what traces with `tracer`. @param driver `sqlite` or `postgresql` */
export function createTracing(tracer: Tracer, driver: string): Tracing {
  const current = new AsyncLocalStorage<Context>();
  const traceCall = createCallTracing(tracer, current);
  return {
    ...createRequestTracing(tracer, current),
    traceStores: (stores) =>
      wrapPorts(stores, (method, operation) => {
        const attributes = { 'db.system.name': driver, 'db.operation.name': operation };
        return traceCall(method, {
          name: operation,
          kind: SpanKind.CLIENT,
          attributesOf: () => attributes,
          codeOf: () => undefined,
        });
      }),
    traceRegistry: (registry, codeOf) =>
      wrapMethods(registry, (method, name) =>
        traceCall(method, {
          name: `registry.${name}`,
          kind: SpanKind.INTERNAL,
          attributesOf: faceOf,
          codeOf,
        }),
      ),
  };
}

/** Nearly every call of the registry names the face that it came through. */
function faceOf([request]: readonly unknown[]): Attributes {
  const isNamed = typeof request === 'object' && request !== null && 'face' in request;
  return isNamed ? { 'clientele.face': String(request.face) } : {};
}

function createRequestTracing(
  tracer: Tracer,
  current: AsyncLocalStorage<Context>,
): Pick<Tracing, 'within' | 'answered'> {
  const spans = new WeakMap<object, Span>();

  return {
    within: ({ requestId, method, route, headers }, response, answer) => {
      const parent = parseTraceParent(headers['traceparent']);
      const outside = parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
      const attributes = { 'http.route': route, 'clientele.request_id': requestId };
      const name = `${servedMethod(method)} ${route}`;
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, outside);
      spans.set(response, span);
      current.run(trace.setSpan(outside, span), answer);
    },
    answered: (answer, response) => {
      const span = spans.get(response);
      // Whoever is refused before any route is known is not traced.
      if (span) endRequest(span, answer);
    },
  };
}

function endRequest(span: Span, answer: RequestFacts): void {
  const { route, status, code, aborted } = answer;
  const method = servedMethod(answer.method);
  span.updateName(`${method} ${route}`);
  span.setAttributes({
    'http.request.method': method,
    'http.route': route,
    'http.response.status_code': status,
    ...(code !== undefined && { 'error.type': code }),
    ...(aborted && { 'clientele.aborted': true }),
  });
  if (outcomeOf(answer) === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

interface TracedCall {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributesOf: (args: readonly unknown[]) => Attributes;
  readonly codeOf: (error: unknown) => string | undefined;
}

/** What happens outside any request, such as the purge of what has expired, leaves no trace. */
function createCallTracing(tracer: Tracer, current: AsyncLocalStorage<Context>) {
  return (method: Method, { name, kind, attributesOf, codeOf }: TracedCall): Method =>
    (...args) => {
      const parent = current.getStore();
      if (parent === undefined) return method(...args);
      const span = tracer.startSpan(name, { kind, attributes: attributesOf(args) }, parent);
      const result = current.run(trace.setSpan(parent, span), () => method(...args));
      if (result instanceof Promise) {
        result.then(
          () => span.end(),
          (error: unknown) => endRefused(span, codeOf(error)),
        );
      } else span.end();
      return result;
    };
}

/** What a failure says may quote values: the log has it, without its secrets. */
function endRefused(span: Span, code: string | undefined): void {
  if (code === undefined) span.setStatus({ code: SpanStatusCode.ERROR });
  else span.setAttribute('clientele.outcome', code);
  span.end();
}
