import type { JsonValue } from '../../kernel/encoding.ts';
import type { RestCall, RestRoute } from '../rest-route.ts';

/** Answers 200 with what `run` finds or makes. */
export function answerData(run: (call: RestCall) => Promise<JsonValue>): RestRoute['answer'] {
  return async (call) => ({ status: 200, body: { data: await run(call) } });
}

/** Answers 201 with what `run` creates, and where it is found when `pathOf` is given. */
export function answerCreated<Created extends JsonValue>(
  run: (call: RestCall) => Promise<Created>,
  pathOf?: (created: Created) => string,
): RestRoute['answer'] {
  return async (call) => {
    const data = await run(call);
    return { status: 201, body: { data }, ...(pathOf && { headers: { location: pathOf(data) } }) };
  };
}

/** Answers 204 when `run` has done its work. */
export function answerNothing(run: (call: RestCall) => Promise<unknown>): RestRoute['answer'] {
  return async (call) => {
    await run(call);
    return { status: 204 };
  };
}
