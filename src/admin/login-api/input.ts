import type { Client } from '../../clients/client.ts';
import type { Violation } from '../../clients/errors.ts';
import { applyPatch, type ClientPatch } from '../../clients/patch.ts';
import { applyInput, type View } from '../../clients/view.ts';
import type { JsonValue } from '../../kernel/encoding.ts';
import { accountFor, type FindAccount, type NamedAccount } from './flow-user.ts';
import { type LoginFields, readBody } from './mapping.ts';
import { creationPatch, type LoginClient } from './view.ts';

/** What a request means for a client, for `Registry.create` and `Registry.update`. */
export interface Change {
  /** @throws LoginApiError `user_not_found` */
  readonly patch: (current: Client) => ClientPatch;
  readonly faults: (current: Client) => readonly Violation[];
}

/** Reads the body of a request and looks up the account that it names. @throws LoginApiError `invalid` when it is no object */
export async function readChange(
  view: View<LoginClient>,
  body: JsonValue | undefined,
  findAccount: FindAccount,
): Promise<Change> {
  const { fields, faults } = readBody(view, body);
  const { clientCredentialFlowUser: reference, ...others } = fields;
  const account = typeof reference === 'string' ? await findAccount(reference) : reference;
  return {
    patch: (current) => patchOf(view, current, { ...others, account }),
    faults: (current) => [...faults, ...readOnlyFaults(view, current, fields)],
  };
}

/** The same for a new client. */
export function asCreation({ patch, faults }: Change): Change {
  return {
    patch: (blank) => ({ ...creationPatch, ...patch(applyPatch(blank, creationPatch)) }),
    faults,
  };
}

interface Input extends Omit<LoginFields, 'clientCredentialFlowUser'> {
  readonly account: NamedAccount | null | undefined;
}

/** Of an internal client nothing is changed, whatever was sent; so the registry refuses it before the account is missed. */
function patchOf(
  view: View<LoginClient>,
  current: Client,
  { account, id: _, isInternal: __, ...fields }: Input,
): ClientPatch {
  if (current.internal) return {};
  const clientCredentialFlowUser = account ? accountFor(account, current) : account;
  return applyInput(view, current, { ...fields, clientCredentialFlowUser });
}

const readOnly = ['id', 'isInternal'] as const;

function readOnlyFaults(view: View<LoginClient>, current: Client, fields: LoginFields): readonly Violation[] {
  const altered = readOnly.filter(
    (name) => fields[name] !== undefined && fields[name] !== view[name].get(current),
  );
  return altered.flatMap((name) =>
    view[name].shows.map((field) => ({ rule: 'read-only', field, message: 'is read-only' })),
  );
}
