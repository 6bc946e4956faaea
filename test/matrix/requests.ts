import { assertionType, goodClaims, makeAssertion } from '../fixtures/client-assertion.ts';
import { basic } from '../fixtures/protocol-server.ts';
import {
  callback,
  type JsonAnswer,
  type Parameters,
  parametersOf,
  readJson,
  type SignInRequest,
} from '../fixtures/relying-party.ts';
import type { Proof, Row } from './cells.ts';
import { asked, assertionKeys, billing } from './clients.ts';
import type { MatrixWorld, OnTheWay } from './world.ts';

/** A request of a row's client for authorization. */
export function requestFor(
  { world, relyingParty, row }: Pick<OnTheWay, 'world' | 'relyingParty' | 'row'>,
  responseType: string,
  parameters: Parameters = {},
): SignInRequest {
  return relyingParty.authorize({
    response_type: responseType,
    scope: asked,
    resource: [world.server.issuer, billing.audience],
    ...row.request,
    ...parameters,
  });
}

/** What goes with a code: nothing proves a request that had no challenge. */
export function verifierOf({ request = {} }: Row, { verifier }: SignInRequest): Parameters {
  return { code_verifier: request['code_challenge'] === null ? null : verifier };
}

/** Posts to an endpoint as the client proves itself in this row. */
export async function post(way: OnTheWay, path: string, parameters: Parameters): Promise<JsonAnswer> {
  const { world, client, secret, row } = way;
  const proofs: Readonly<Record<Proof, () => { readonly basic?: string; readonly form?: Parameters }>> = {
    secret: () => ({ basic: basic(client.id, secret) }),
    'wrong secret': () => ({ basic: basic(client.id, `${secret}x`) }),
    nothing: () => ({ form: { client_id: client.id } }),
    assertion: () => ({ form: assertionOf(world, client.id) }),
  };
  const { basic: authorization, form = {} } = proofs[row.proof ?? 'secret']();
  return send(world, path, { ...parameters, ...form }, authorization);
}

/** Redeems the code that was given before the change. */
export function redeemCode(way: OnTheWay): Promise<JsonAnswer> {
  const { code, row } = way;
  return post(way, '/oauth/token', {
    grant_type: 'authorization_code',
    code: code.code,
    redirect_uri: callback,
    ...verifierOf(row, code.request),
  });
}

function assertionOf(world: MatrixWorld, id: string): Parameters {
  const claims = goodClaims({ issuer: world.server.issuer, clock: world.clock }, id);
  const key = assertionKeys.privateKey;
  return {
    client_id: id,
    client_assertion_type: assertionType,
    client_assertion: makeAssertion({ header: { alg: 'ES256' }, claims, alg: 'ES256', key }),
  };
}

/** Posts a form. */
export async function send(
  { server }: MatrixWorld,
  path: string,
  parameters: Parameters,
  authorization: string | undefined,
): Promise<JsonAnswer> {
  const response = await fetch(server.issuer + path, {
    method: 'POST',
    headers: authorization === undefined ? {} : { authorization },
    body: parametersOf(parameters),
  });
  return readJson(response);
}
