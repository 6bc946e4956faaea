import { type ClientConfig, types } from 'pg';

const connectTimeoutMs = 10_000;
const keepAliveDelayMs = 10_000;

const int8 = 20;

/** Numbers of 64 bits as numbers: times, revisions and counts are far below 2^53. Not set in `pg.types`, which is everybody's. */
const ownTypes: NonNullable<ClientConfig['types']> = {
  getTypeParser: (type: number, format?: 'text' | 'binary') =>
    type === int8 && format !== 'binary' ? Number : types.getTypeParser(type, format as 'text'),
};

/** How every connection is made. What the URL says of TLS and of the connection's name stands above what is said here. */
export function connectionConfig(url: string): ClientConfig {
  return {
    connectionString: url,
    fallback_application_name: 'clientele',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    types: ownTypes,
  };
}

/** What a session is allowed. */
export interface SessionLimits {
  /** How long one statement may take, waiting for locks included, in milliseconds; 0: as long as it wants. */
  readonly statementTimeoutMs: number;
}

/** Every setting of a session, whatever the server, the database or the role has for a default. */
const sessionSettings: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  default_transaction_isolation: 'read committed',
  /** The locks of a node that stopped between two statements, or lost its network, do not outlive it for long. */
  idle_in_transaction_session_timeout: '10s',
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  /** Connections are idle as long as the pool keeps them, and while a node starts. */
  idle_session_timeout: '0',
};

const setOthers = Object.entries(sessionSettings)
  .map(([name, value]) => `set_config('${name}', '${value}', false)`)
  .join(', ');

/** An acknowledged write survives a crash of the server; where the server waits for its standbys too, it goes on doing so. */
const setDurability = `set_config('synchronous_commit',
  case current_setting('synchronous_commit') when 'off' then 'on' else current_setting('synchronous_commit') end, false)`;

/** The statement that prepares a session: `set_config`, because poolers refuse start-up parameters that they do not know. */
export function prepareSession({ statementTimeoutMs }: SessionLimits): string {
  return `select ${setOthers}, ${setDurability}, set_config('statement_timeout', '${statementTimeoutMs}', false)`;
}
