import { createIdTokenIssuer, type IdTokenIssuer } from './id-token.ts';
import { createTokenSigner, type TokenSigner, type TokenSignerDeps } from './token-signer.ts';
import { createUserinfoJwts, type UserinfoJwts } from './userinfo-jwt.ts';

/** What the server says to a client about a person, signed as the client's record says. */
export interface ClientTokens extends Pick<TokenSigner, 'algorithms'> {
  readonly idTokens: IdTokenIssuer;
  readonly userinfoJwts: UserinfoJwts;
}

/** Makes them over one signer. */
export function createClientTokens(deps: TokenSignerDeps & { readonly issuer: string }): ClientTokens {
  const signer = createTokenSigner(deps);
  return {
    algorithms: signer.algorithms,
    idTokens: createIdTokenIssuer({ ...deps, signer }),
    userinfoJwts: createUserinfoJwts({ ...deps, signer }),
  };
}
