import type { z } from 'zod';
import type { Client } from '../../clients/client.ts';
import type { Violation } from '../../clients/errors.ts';
import type { SecretDescription } from '../../clients/secret-texts.ts';
import { show, type View } from '../../clients/view.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { JsonObject, JsonValue } from '../../kernel/encoding.ts';
import { readValue } from '../rest-value.ts';
import { invalidInput, typeRule } from './errors.ts';
import { type censoredSecret, clientFields, type operationResult } from './schemas.ts';
import type { LoginClient } from './view.ts';

type Field = keyof typeof clientFields;

/** What a request says of a client: absent keeps, null clears. */
export type LoginFields = { readonly [Name in Field]?: z.output<(typeof clientFields)[Name]> };

/** A request that was read: what it says, and which of its values are of another type. */
export interface LoginBody {
  readonly fields: LoginFields;
  readonly faults: readonly Violation[];
}

/** Reads the body of a request that creates or changes a client. @throws LoginApiError `invalid` when it is no object */
export function readBody(view: View<LoginClient>, body: JsonValue | undefined): LoginBody {
  if (!isObject(body)) throw invalidInput([{ field: 'The body', message: 'must be a JSON object' }]);
  const fields: Record<string, unknown> = {};
  const faults: Violation[] = [];
  for (const name of Object.keys(clientFields) as Field[]) {
    if (!Object.hasOwn(body, name)) continue;
    const { data, faults: messages } = readValue<unknown>(clientFields[name], body[name], toMessage);
    if (messages.length === 0) fields[name] = data;
    else faults.push(...typeFaults(view, name, messages));
  }
  return { fields, faults };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toMessage({ message }: z.core.$ZodIssue): string {
  return message;
}

function typeFaults(view: View<LoginClient>, name: Field, messages: readonly string[]): readonly Violation[] {
  return view[name].shows.flatMap((field) => messages.map((message) => ({ rule: typeRule, field, message })));
}

/** A client as every answer but one shows it. */
export function writeClient(
  view: View<LoginClient>,
  client: Client,
): Omit<LoginClient, 'clientCredentialFlowUser'> {
  const { clientCredentialFlowUser: _, ...shown } = show(view, client);
  return shown;
}

const mask = '*'.repeat(10);

/** What may be told of a secret. */
export function writeSecret({ hint, fingerprint }: SecretDescription): z.infer<typeof censoredSecret> {
  return { censored: hint + mask, fingerprint };
}

/** What a deletion that was carried out at `clock` answers. */
export function writeOperation(
  operation: z.infer<typeof operationResult>['operation'],
  clock: Clock,
): z.infer<typeof operationResult> {
  return { operation, result: 'success', time: new Date(clock.now() * 1000).toISOString() };
}
