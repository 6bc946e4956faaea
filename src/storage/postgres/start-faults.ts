import { Client } from 'pg';
import { StartError } from '../../kernel/start-error.ts';
import { connectionConfig } from './settings.ts';

/** What faults name of a connection; never the password. */
type Target = Pick<Client, 'host' | 'port' | 'user' | 'database'>;

function addressOf({ host, port }: Target): string {
  return host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : `${host}:${port}`;
}

const nobodyAnswers = (target: Target): string => `nothing answers at ${addressOf(target)}`;
const unknownHost = ({ host }: Target): string => `the host ${host} is not known`;
const refusedUser = (target: Target): string =>
  `the server at ${addressOf(target)} refuses the user "${target.user}", its password or its address`;

/** What the operator can put right, by SQLSTATE or by the operating system's code. */
const faults: Readonly<Record<string, (target: Target) => string>> = {
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
  ENOENT: nobodyAnswers,
  EACCES: (target) => `${addressOf(target)} may not be opened by this process`,
  ECONNREFUSED: nobodyAnswers,
  ECONNRESET: nobodyAnswers,
  EHOSTUNREACH: nobodyAnswers,
  ENETUNREACH: nobodyAnswers,
  ETIMEDOUT: nobodyAnswers,
  '28000': refusedUser,
  '28P01': refusedUser,
  '3D000': ({ database }) => `there is no database "${database}"; create it, owned by the user of the URL`,
  '3F000': () => 'the search path names no schema that exists',
  '42501': ({ user, database }) => `the user "${user}" may not make and change tables in "${database}"`,
  '53300': (target) => `the server at ${addressOf(target)} has no connection left`,
  '55P03': () => 'another node has been starting for minutes',
  '57P03': (target) => `the server at ${addressOf(target)} is starting or stopping`,
};

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** `error`, or what it means to the operator where he can put it right. */
export function asStartFault(error: unknown, target: Target): unknown {
  const reason = faults[codeOf(error)]?.(target);
  return reason === undefined ? error : new StartError(`DATABASE_URL: ${reason}.`, { cause: error });
}

/**
 * Opens a connection outside any pool.
 * @throws StartError when the URL cannot be used, or the server cannot be reached or refuses
 */
export async function connect(url: string): Promise<Client> {
  const client = createClient(url);
  // The same errors reject what is being waited for; unheard they would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return client;
  } catch (error) {
    const fault = asStartFault(error, client);
    if (fault instanceof StartError || !(error instanceof Error)) throw fault;
    // TLS that fails, a way of authentication that is not supported: what `pg` says of it holds no secret.
    throw new StartError(`DATABASE_URL: no connection to ${addressOf(client)}: ${error.message}.`, {
      cause: error,
    });
  }
}

function createClient(url: string): Client {
  try {
    return new Client(connectionConfig(url));
  } catch (error) {
    // A certificate that is not there, options that contradict each other.
    if (!(error instanceof Error)) throw error;
    throw new StartError(`DATABASE_URL: ${error.message}.`, { cause: error });
  }
}
