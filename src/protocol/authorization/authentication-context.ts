import type { AuthorizationRequest, ClaimsRequest } from './authorization-request.ts';
import { insistedValues } from './claims-parameter.ts';

/**
 * The authentication context classes that this server has names for (OpenID Connect Core §2, `acr`), the weakest first: one factor; two
 * factors, or a passkey that has verified its person.
 */
export const authenticationContexts = ['urn:clientele:acr:1', 'urn:clientele:acr:2'] as const;

/** The classes of which one is essential to a request (OpenID Connect Core §5.5.1.1); null: any will do. */
export function essentialContexts(claims: ClaimsRequest | undefined): readonly string[] | null {
  const asked = claims?.id_token['acr'];
  const values = asked?.essential === true ? insistedValues(asked) : undefined;
  return values?.filter((value) => typeof value === 'string') ?? null;
}

/**
 * What a sign-in of class `acr` is called to a client that insists on one of `wanted`: the stronger class of this server includes the
 * weaker. Undefined: it is none of them.
 */
export function contextAs(acr: string | null, wanted: readonly string[] | null): string | null | undefined {
  return wanted === null ? acr : contextsMetBy(acr).find((context) => wanted.includes(context));
}

/**
 * The classes that a request wishes for, the most wanted first: `acr_values`, else what `claims` asks of `acr` without calling it essential
 * (OpenID Connect Core §3.1.2.1, §5.5.1.1). Empty: any will do.
 */
export function wishedContexts({
  acrValues,
  claims,
}: Pick<AuthorizationRequest, 'acrValues' | 'claims'>): readonly string[] {
  const asked = claims.id_token['acr'];
  if (acrValues.length > 0 || asked?.essential === true) return acrValues;
  return insistedValues(asked)?.filter((value) => typeof value === 'string') ?? [];
}

/**
 * Every class that a request asks for, what is essential to it first: what another provider is told, as a wish. Whether it has come true is
 * judged here, so that it is here that the client is told that it has not.
 */
export function contextsAskedBy(
  request: Pick<AuthorizationRequest, 'acrValues' | 'claims'>,
): readonly string[] {
  return [...new Set([...(essentialContexts(request.claims) ?? []), ...wishedContexts(request)])];
}

/**
 * Whether a session of class `acr` is below the first of the wishes that can come true: it is not of that class, and a sign-in would be.
 * @param reachable the classes that the person reaches by signing in once more
 */
export function isBelowWish(
  acr: string | null,
  wishes: readonly string[],
  reachable: readonly string[],
): boolean {
  const met = contextsMetBy(acr);
  const first = wishes.find((context) => met.includes(context) || reachable.includes(context));
  return first !== undefined && !met.includes(first);
}

/** The strongest first. */
function contextsMetBy(acr: string | null): readonly string[] {
  if (acr === null) return [];
  const rank = (authenticationContexts as readonly string[]).indexOf(acr);
  return rank < 0 ? [acr] : authenticationContexts.slice(0, rank + 1).toReversed();
}
