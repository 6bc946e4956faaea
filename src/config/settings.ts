import { logLevels } from '../kernel/log-level.ts';
import { ValueFault } from './faults.ts';
import {
  oneOf,
  parseBoolean,
  parseClientSecret,
  parseDatabaseUrl,
  parseHost,
  parseIssuer,
  parseMasterKey,
  parseNetworks,
  parsePassword,
  parsePort,
  parseText,
  parseUsername,
  parseUuid,
} from './values.ts';

/** One environment key: how it is read, and everything that `docs/configuration.md` says about it. */
export interface Setting<Value> {
  readonly key: string;
  /** What the text is; its unit where it has one. */
  readonly form: string;
  /** What holds when the key is absent. */
  readonly fallback: string;
  /** When to set it, and what follows. */
  readonly advice: string;
  /** True: its value never appears in a log, a fault or an answer. */
  readonly secret: boolean;
  /** @throws ValueFault */
  readonly parse: (text: string) => Value;
}

/** A published value whose mechanism this version does not have is refused, never ignored. */
function parseRegistration(text: string): 'closed' {
  const policy = oneOf(['open', 'initial-access-token', 'closed'])(text);
  if (policy !== 'closed') {
    throw new ValueFault(`${policy} is not supported in this version: nothing but closed is`);
  }
  return policy;
}

/** Every key of the environment that the server reads, by its field. */
export const settings = {
  port: {
    key: 'PORT',
    form: 'TCP port; 0 lets the system choose',
    fallback: '`8080`',
    advice: 'The one port of every endpoint and administration face.',
    secret: false,
    parse: parsePort,
  },
  host: {
    key: 'HOST',
    form: 'host name or IP address to listen on',
    fallback: '`localhost`',
    advice:
      'Set `0.0.0.0` or `::` in a container. On a public interface, configure TLS here or in a proxy before it.',
    secret: false,
    parse: parseHost,
  },
  issuer: {
    key: 'CLIENTELE_ISSUER',
    form: 'https URL without query, fragment or trailing slash; http on loopback hosts only',
    fallback: '`http://localhost:$PORT`, https when the server has a certificate',
    advice:
      'The `iss` of every token and the base of every published address. Set it to what clients reach, and do not change it: tokens and clients are bound to it. A path is for a proxy that removes it.',
    secret: false,
    parse: parseIssuer,
  },
  dataDirectory: {
    key: 'CLIENTELE_DATA_DIR',
    form: 'path of a directory',
    fallback: '`./data`',
    advice:
      'Holds the database and the files made at the first start; made with mode 0700. Put it on a local disk and back it up.',
    secret: false,
    parse: parseText,
  },
  databaseUrl: {
    key: 'DATABASE_URL',
    form: 'URL of a PostgreSQL database, `postgres://user:password@host:5432/database`',
    fallback: 'SQLite in the data directory',
    advice:
      'For several nodes, or where the database is looked after elsewhere. PostgreSQL 15 or later, a database of its own, encoded in UTF8 and owned by the user. Each node opens up to 14 connections, and one more while it starts. Over a network add `?sslmode=verify-full`, and `&sslrootcert=<path>` for a root of your own. Needs `CLIENTELE_MASTER_KEY`; the data directory then holds only `bootstrap.json`.',
    secret: true,
    parse: parseDatabaseUrl,
  },
  masterKey: {
    key: 'CLIENTELE_MASTER_KEY',
    form: 'base64 of 32 bytes',
    fallback: 'made at the first start: `master.key` in the data directory, mode 0600',
    advice:
      'Seals signing keys and client secrets. Give it from a secret manager, so that a stolen disk opens nothing. Required with `DATABASE_URL`, the same on every node. Without it, what it sealed is lost.',
    secret: true,
    parse: parseMasterKey,
  },
  previousMasterKey: {
    key: 'CLIENTELE_MASTER_KEY_PREVIOUS',
    form: 'base64 of 32 bytes',
    fallback: 'no such key',
    advice:
      'While the master key is rotated: the key that `CLIENTELE_MASTER_KEY` replaces. It opens and never seals. Take it away once `clientele master-key rotate` has ended.',
    secret: true,
    parse: parseMasterKey,
  },
  file: {
    key: 'CLIENTELE_CONFIG',
    form: 'path of a YAML or JSON file',
    fallback: 'no file',
    advice: 'Declares server-wide options, applications, scopes, accounts and clients; see below.',
    secret: false,
    parse: parseText,
  },
  tlsCertificate: {
    key: 'CLIENTELE_TLS_CERT',
    form: 'path of a PEM file, the leaf certificate first',
    fallback: 'plain HTTP',
    advice: 'Set with `CLIENTELE_TLS_KEY` where no proxy ends TLS. Read at start: restart after a renewal.',
    secret: false,
    parse: parseText,
  },
  tlsKey: {
    key: 'CLIENTELE_TLS_KEY',
    form: 'path of a PEM file with the private key of the certificate',
    fallback: 'plain HTTP',
    advice: 'Readable by the server alone.',
    secret: false,
    parse: parseText,
  },
  grpcPort: {
    key: 'CLIENTELE_GRPC_PORT',
    form: 'TCP port; 0 lets the system choose',
    fallback: 'no such port',
    advice:
      'gRPC without TLS (h2c) for the Connect face, on the same host. Keep it inside the network; over TLS the main port speaks gRPC itself.',
    secret: false,
    parse: parsePort,
  },
  trustedProxies: {
    key: 'CLIENTELE_TRUSTED_PROXIES',
    form: 'IP addresses and CIDR blocks, separated by commas',
    fallback: 'none is trusted',
    advice:
      'The proxies whose `x-forwarded-for` and `x-request-id` are believed. Name exactly those: whoever is named here can claim any address.',
    secret: false,
    parse: parseNetworks,
  },
  egressAllowLoopback: {
    key: 'CLIENTELE_EGRESS_ALLOW_LOOPBACK',
    form: '`true` or `false`',
    fallback: '`false`',
    advice:
      'Lets requests of the server reach this machine, over plain http too where it is no service of the operator: a remote signer that runs beside it, or development.',
    secret: false,
    parse: parseBoolean,
  },
  egressCa: {
    key: 'CLIENTELE_EGRESS_CA',
    form: 'path of a PEM file of certificates',
    fallback: "the runtime's own roots",
    advice:
      'Further roots for the requests of the server, such as a company root. Read at start: restart after a change.',
    secret: false,
    parse: parseText,
  },
  registration: {
    key: 'CLIENTELE_REGISTRATION',
    form: '`open`, `initial-access-token` or `closed`',
    fallback: '`closed`',
    advice:
      'Who may register clients dynamically (RFC 7591). This version has only `closed`; others are a fault.',
    secret: false,
    parse: parseRegistration,
  },
  bootstrapClientId: {
    key: 'CLIENTELE_BOOTSTRAP_CLIENT_ID',
    form: 'UUID in lower case',
    fallback: 'made at the first start: `bootstrap.json` in the data directory',
    advice: 'The internal client that holds every management scope. A changed value replaces the old one.',
    secret: false,
    parse: parseUuid,
  },
  bootstrapClientSecret: {
    key: 'CLIENTELE_BOOTSTRAP_CLIENT_SECRET',
    form: '8 to 1024 printable ASCII characters',
    fallback: 'made at the first start: `bootstrap.json` in the data directory',
    advice:
      'Opens everything: generate it with at least 32 random bytes. A changed value replaces the old one.',
    secret: true,
    parse: parseClientSecret,
  },
  administratorUsername: {
    key: 'CLIENTELE_ADMIN_USERNAME',
    form: '1 to 128 characters',
    fallback: '`admin`',
    advice: 'The account that may administer everything.',
    secret: false,
    parse: parseUsername,
  },
  administratorPassword: {
    key: 'CLIENTELE_ADMIN_PASSWORD',
    form: '8 to 1024 characters',
    fallback: 'made at the first start: `bootstrap.json` in the data directory',
    advice:
      'Stored as an argon2id hash. A changed value replaces the old one; a password that its person has chosen since stays.',
    secret: true,
    parse: parsePassword,
  },
  logLevel: {
    key: 'CLIENTELE_LOG_LEVEL',
    form: '`debug`, `info`, `warn`, `error` or `silent`',
    fallback: '`info`',
    advice: 'At `info` every request is one line; `warn` leaves only what needs attention.',
    secret: false,
    parse: oneOf(logLevels),
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

/** What was set, by field; absent: not set, or refused. */
export type SettingValues = {
  readonly [Field in keyof typeof settings]?: ReturnType<(typeof settings)[Field]['parse']>;
};
