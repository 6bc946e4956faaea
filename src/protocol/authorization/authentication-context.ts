import type { ClaimsRequest } from './authorization-request.ts';
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

/** The strongest first. */
function contextsMetBy(acr: string | null): readonly string[] {
  if (acr === null) return [];
  const rank = (authenticationContexts as readonly string[]).indexOf(acr);
  return rank < 0 ? [acr] : authenticationContexts.slice(0, rank + 1).toReversed();
}
