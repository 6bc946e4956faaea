import { createManualClock, systemClock } from '../../src/kernel/clock.ts';
import { goodClaims, makeAssertion, makeKeyPair, toPem } from '../fixtures/client-assertion.ts';
import type { ServerNode } from './node-process.ts';
import type { Answer } from './wire.ts';
import type { Traffic, World } from './world.ts';
import { anyOf, issuer, registerClient } from './world.ts';

/** How many are sent again in the end. */
const mostInspected = 60;
/** Longer than any fault, so that none expires meanwhile; in seconds. */
const life = 3000;

interface Assertion {
  readonly jws: string;
  /** How often it was accepted. */
  uses: number;
}

/** Client assertions of one client: how they are made, and sent. */
export interface Assertions {
  /** Makes one that lives for `seconds`. */
  readonly make: (seconds: number) => string;
  readonly sendTo: (node: ServerNode, jws: string) => Promise<Answer>;
}

/** Registers a client that authenticates by assertions alone. */
export async function openAssertionClient(world: World): Promise<Assertions> {
  const { publicKey, privateKey } = makeKeyPair('ES256');
  const { id } = await registerClient(world, {
    token_endpoint_auth_methods: ['private_key_jwt'],
    token_endpoint_jwt_auth_alg: 'ES256',
    jwt_public_key: toPem(publicKey),
  });
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  return {
    make: (seconds) => {
      const claims = goodClaims({ issuer, clock: createManualClock() }, id, {
        exp: systemClock.now() + seconds,
      });
      return makeAssertion({ header: { alg: 'ES256' }, claims, alg: 'ES256', key: privateKey });
    },
    sendTo: (node, jws) =>
      world.send(node, {
        dialect: 'oauth',
        method: 'POST',
        path: '/oauth/token',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_assertion_type: type,
          client_assertion: jws,
        }),
      }),
  };
}

/** Uses assertions of a client once, and tries to use them again. */
export async function openAssertions(world: World): Promise<Traffic> {
  const { ledger, chance } = world;
  const client = await openAssertionClient(world);
  const sent: Assertion[] = [];

  const use = async (assertion: Assertion, node = anyOf(world)): Promise<void> => {
    const { ending } = await client.sendTo(node, assertion.jws);
    if (ending !== 'ok') return;
    assertion.uses += 1;
    ledger.noteChange();
    ledger.check(assertion.uses === 1, 'a client assertion was accepted twice');
  };

  return {
    step: async () => {
      const assertion = { jws: client.make(life), uses: 0 };
      sent.push(assertion);
      await use(assertion);
      // Also where nobody has answered: it may be good still, for once.
      await Promise.all([use(assertion), use(chance.pick(sent))]);
    },
    inspect: async () => {
      for (const node of world.nodes) {
        await Promise.all(sent.slice(-mostInspected).map((assertion) => use(assertion, node)));
      }
    },
  };
}
