import { createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Logger } from '../kernel/logger.ts';
import { createTurns } from '../kernel/turns.ts';
import {
  type ClientKey,
  ClientKeyError,
  type ClientKeyFault,
  type ClientKeyType,
  describePublicKey,
  sealingContext,
} from './client-key.ts';
import type { RemoteSigner } from './remote-signer.ts';
import type { Vault } from './vault.ts';

/** Makes key pairs for clients: the port that `clients/key-pair.ts` declares. */
export interface ClientKeyMaker {
  /** Answers why there is none where there is none; the log tells more. Nothing is stored either way. */
  readonly make: (clientId: string, type: ClientKeyType) => Promise<ClientKey | ClientKeyFault>;
}

/** Threads of the pool that file access and keys of curves need too. */
const madeAtOnce = 2;
/** The last one waits for some ten seconds where all of them have 4096 bits: who would wait longer is better told so. */
const mostWaiting = 8;

/**
 * Makes the maker.
 * @param deps.remoteSigner null: `universal` keys cannot be made
 */
export function createClientKeyMaker(deps: {
  readonly vault: Vault;
  readonly remoteSigner: RemoteSigner | null;
  readonly logger: Logger;
}): ClientKeyMaker {
  const { vault, remoteSigner, logger } = deps;
  const refuse = () => new ClientKeyError('busy', 'too many key pairs are being made');
  const inTurn = createTurns({ running: madeAtOnce, waiting: mostWaiting, refuse });

  /** A key of a curve takes a millisecond of a thread: less than it would wait behind any other. */
  const generate = (type: LocalKeyType): Promise<KeyObject> =>
    type.type === 'rsa' ? inTurn(() => generateRsa(type)) : generateEc(type);

  const makeHere = async (clientId: string, type: LocalKeyType): Promise<ClientKey> => {
    const privateKey = await generate(type);
    const described = describePublicKey(createPublicKey(privateKey));
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' });
    const sealed = vault.seal(pkcs8, sealingContext({ clientId, kid: described.kid }));
    return { ...described, clientId, sealed, remoteId: null };
  };

  const makeRemotely = async (clientId: string): Promise<ClientKey> => {
    if (remoteSigner === null) throw new ClientKeyError('no-signer', 'no remote signer is configured');
    const { remoteId, publicKey } = await remoteSigner.generate(clientId);
    return { ...describePublicKey(publicKey), clientId, sealed: null, remoteId };
  };

  return {
    async make(clientId, type) {
      try {
        return await (type.type === 'universal' ? makeRemotely(clientId) : makeHere(clientId, type));
      } catch (error) {
        if (!(error instanceof ClientKeyError) || error.code === 'key-changed') throw error;
        logger.warn({ clientId, error }, 'a key pair was not made');
        return error.code;
      }
    },
  };
}

type RsaKeyType = Extract<ClientKeyType, { readonly type: 'rsa' }>;
type EcKeyType = Extract<ClientKeyType, { readonly type: 'ec' }>;
type LocalKeyType = RsaKeyType | EcKeyType;

const generatePair = promisify(generateKeyPair);

async function generateEc({ curve }: EcKeyType): Promise<KeyObject> {
  return (await generatePair('ec', { namedCurve: curve })).privateKey;
}

/** On a thread of the pool: a modulus of 4096 bits takes seconds. */
async function generateRsa(type: RsaKeyType): Promise<KeyObject> {
  const { modulusLength, publicExponent } = type;
  checkStrength(type);
  return (await generatePair('rsa', { modulusLength, publicExponent })).privateKey;
}

/** The rules of the record say the same; nothing weak, and nothing that takes minutes, is made whoever asks. */
function checkStrength({ modulusLength, publicExponent }: RsaKeyType): void {
  const isStrong = Number.isInteger(modulusLength) && modulusLength >= 2048 && modulusLength <= 4096;
  if (isStrong && publicExponent === 65_537) return;
  throw new RangeError('an RSA key has a modulus of 2048 to 4096 bits and the exponent 65537');
}
