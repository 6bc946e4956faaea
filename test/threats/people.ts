import { systemClock } from '../../src/kernel/clock.ts';
import { createPerson } from '../fixtures/person.ts';
import { registerRelyingParty } from '../fixtures/relying-party.ts';
import type { TestServer } from '../fixtures/running-server.ts';
import { signInAndAllow } from '../fixtures/sign-in-world.ts';
import { administrationScopes } from './attack.ts';

/** Who signs in as. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Somebody with an account and nothing else. */
export const anybody = { username: 'anybody', password: 'anybody walks the long way' };

/** An administrator. */
export const chief = {
  username: 'chief',
  password: 'the chief takes the shorter one',
  administrator: true,
};

/** Every scope that a person may allow about themselves. */
export const aboutThemselves =
  'openid email profile oauth:client-authorisations:read oauth:client-authorisations:revoke';

/** Signs a person in at a client that may ask for everything; answers the access token, or the error that the client gets. */
export async function signIn(server: TestServer, who: Credentials, scope: string): Promise<string> {
  const provider = { ...server, clock: systemClock };
  const allowedScopes = [...new Set(`${aboutThemselves} ${administrationScopes} admin`.split(' '))];
  const relyingParty = await registerRelyingParty(provider, { allowedScopes });
  const request = relyingParty.authorize({ scope });
  const { client } = await signInAndAllow(createPerson({ issuer: server.issuer }), request, who);
  const error = client?.parameters.get('error') ?? null;
  return error ?? (await relyingParty.complete(client, request)).accessToken;
}
