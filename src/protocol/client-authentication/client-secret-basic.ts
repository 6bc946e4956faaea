import { decodeFormComponent } from '../form.ts';
import { authenticationFailed, type Credentials, type CredentialsReader } from './method.ts';

const basicCredentials = /^basic +([A-Za-z0-9+/]+={0,2})$/i;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * HTTP Basic (RFC 6749 §2.3.1, RFC 7617). The id and the secret are form-encoded before they are joined, and are
 * decoded strictly. Any other `Authorization` scheme counts as a failed try of this method.
 */
export const clientSecretBasic: CredentialsReader = {
  isUsed: ({ authorization }) => authorization !== undefined,
  read({ authorization = '' }) {
    const encoded = basicCredentials.exec(authorization)?.[1];
    const credentials = encoded === undefined ? undefined : decodeCredentials(encoded);
    if (credentials === undefined)
      throw authenticationFailed('the Authorization header is not well-formed Basic');
    return credentials;
  },
};

function decodeCredentials(encoded: string): Credentials | undefined {
  const octets = Buffer.from(encoded, 'base64');
  if (octets.toString('base64') !== encoded) return undefined;
  const pair = decodeUtf8(octets);
  const colon = pair?.indexOf(':') ?? -1;
  if (pair === undefined || colon < 0) return undefined;
  const clientId = decodeFormComponent(pair.slice(0, colon));
  const secret = decodeFormComponent(pair.slice(colon + 1));
  if (clientId === undefined || secret === undefined) return undefined;
  return { method: 'client_secret_basic', clientId, secret };
}

function decodeUtf8(octets: Uint8Array): string | undefined {
  try {
    return utf8.decode(octets);
  } catch {
    return undefined;
  }
}
