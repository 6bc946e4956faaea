import { resolve } from 'node:path';
import { usernameKey } from '../accounts/username.ts';
import type { LogLevel } from '../kernel/log-level.ts';
import { readCertificates, readPrivateKey, type TlsCredentials } from './certificates.ts';
import { type Declarations, defaultDeclarations, readDeclarations } from './declarations.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { ConfigurationError, createFaultCollector, type FaultCollector } from './faults.ts';
import type { ReadFile } from './input-file.ts';
import { type SettingValues, settings } from './settings.ts';

/** Everything that the operator decides, parsed and checked; frozen. */
export interface Configuration {
  readonly port: number;
  readonly host: string;
  /** Null while it depends on the port that the system will choose; see `issuerAt`. */
  readonly issuer: string | null;
  /** Absolute. */
  readonly dataDirectory: string;
  /** A PostgreSQL database; null: SQLite in the data directory. Holds a password. */
  readonly databaseUrl: string | null;
  /** 32 octets; null: the one in the data directory. */
  readonly masterKey: Buffer | null;
  /** 32 octets that may open what was sealed before a rotation; null: none. */
  readonly previousMasterKey: Buffer | null;
  readonly tls: TlsCredentials | null;
  readonly grpcPort: number | null;
  /** Addresses and CIDR blocks. */
  readonly trustedProxies: readonly string[];
  readonly egress: {
    readonly allowLoopback: boolean;
    /** PEM. */
    readonly certificateAuthorities: string | null;
  };
  readonly registration: 'closed';
  readonly bootstrapClient: { readonly id: string | null; readonly secret: string | null };
  readonly administrator: { readonly username: string; readonly password: string | null };
  readonly logLevel: LogLevel;
  readonly declarations: Declarations;
}

const defaultPort = 8080;
const defaultAdministrator = 'admin';

/**
 * Reads the environment and every file that it names.
 * @throws ConfigurationError with every fault at once
 */
export function readConfiguration(input: {
  readonly env: Environment;
  readonly readFile: ReadFile;
}): Configuration {
  const collect = createFaultCollector();
  const values = readEnvironment(input.env, collect);
  const tls = readTls(values, input.readFile, collect);
  const egressCa = readEgressCa(values, input.readFile, collect);
  const declarations =
    values.file === undefined
      ? defaultDeclarations()
      : readDeclarations(values.file, input.readFile, collect);
  checkMasterKey(input.env, collect);
  checkTogether(values, declarations, collect);
  if (collect.faults.length > 0 || declarations === undefined) throw new ConfigurationError(collect.faults);
  return freezeDeep({
    ...unconditional(values, schemeWith(tls)),
    tls,
    egress: { allowLoopback: values.egressAllowLoopback ?? false, certificateAuthorities: egressCa },
    declarations,
  });
}

/** The issuer of a server that listens on `port`. */
export function issuerAt(configuration: Pick<Configuration, 'issuer' | 'tls'>, port: number): string {
  return configuration.issuer ?? ownIssuer(schemeWith(configuration.tls), port);
}

function unconditional(values: SettingValues, scheme: Scheme) {
  const port = values.port ?? defaultPort;
  return {
    port,
    host: values.host ?? 'localhost',
    issuer: values.issuer ?? (port === 0 ? null : ownIssuer(scheme, port)),
    dataDirectory: resolve(values.dataDirectory ?? 'data'),
    databaseUrl: values.databaseUrl ?? null,
    ...masterKeysOf(values),
    grpcPort: values.grpcPort ?? null,
    trustedProxies: values.trustedProxies ?? [],
    registration: values.registration ?? ('closed' as const),
    bootstrapClient: { id: values.bootstrapClientId ?? null, secret: values.bootstrapClientSecret ?? null },
    administrator: {
      username: values.administratorUsername ?? defaultAdministrator,
      password: values.administratorPassword ?? null,
    },
    logLevel: values.logLevel ?? ('info' as const),
  };
}

function masterKeysOf(values: SettingValues): Pick<Configuration, 'masterKey' | 'previousMasterKey'> {
  return { masterKey: values.masterKey ?? null, previousMasterKey: values.previousMasterKey ?? null };
}

type Scheme = 'http' | 'https';

/** What a server speaks that has a certificate, or none. */
function schemeWith(certificate: object | string | null | undefined): Scheme {
  return certificate === null || certificate === undefined ? 'http' : 'https';
}

/** In the one spelling that `parseIssuer` accepts: without a port that the scheme implies. */
function ownIssuer(scheme: Scheme, port: number): string {
  return new URL(`${scheme}://localhost:${port}`).origin;
}

function readTls(values: SettingValues, readFile: ReadFile, collect: FaultCollector): TlsCredentials | null {
  const { tlsCertificate, tlsKey } = values;
  if (tlsCertificate === undefined && tlsKey === undefined) return null;
  if (tlsCertificate === undefined || tlsKey === undefined) {
    const [given, missing] =
      tlsKey === undefined
        ? [settings.tlsCertificate, settings.tlsKey]
        : [settings.tlsKey, settings.tlsCertificate];
    collect.add(given.key, `needs ${missing.key} too`);
    return null;
  }
  const certificate = collect.attempt(settings.tlsCertificate.key, () =>
    readCertificates(readFile, tlsCertificate),
  );
  const key = collect.attempt(settings.tlsKey.key, () => readPrivateKey(readFile, tlsKey, certificate));
  return certificate === undefined || key === undefined ? null : { certificate, key };
}

function readEgressCa(values: SettingValues, readFile: ReadFile, collect: FaultCollector): string | null {
  const { egressCa } = values;
  if (egressCa === undefined) return null;
  return collect.attempt(settings.egressCa.key, () => readCertificates(readFile, egressCa)) ?? null;
}

/** A key in the data directory of one node would be of no use to the others. */
function checkMasterKey(env: Environment, collect: FaultCollector): void {
  const { databaseUrl, masterKey, previousMasterKey } = settings;
  if (env[databaseUrl.key] !== undefined && env[masterKey.key] === undefined) {
    collect.add(masterKey.key, `is required with ${databaseUrl.key}`);
  }
  if (env[previousMasterKey.key] !== undefined && env[masterKey.key] === undefined) {
    collect.add(previousMasterKey.key, `needs ${masterKey.key} too`);
  }
}

/** Faults that no single setting shows. */
function checkTogether(
  values: SettingValues,
  declarations: Declarations | undefined,
  collect: FaultCollector,
): void {
  if (
    values.grpcPort !== undefined &&
    values.grpcPort !== 0 &&
    values.grpcPort === (values.port ?? defaultPort)
  ) {
    collect.add(settings.grpcPort.key, 'must not be the main port');
  }
  if (values.grpcPort !== undefined && declarations?.server.dialects.connect === false) {
    collect.add(settings.grpcPort.key, 'is for the Connect face, which the file switches off');
  }
  if (declarations?.clients.some(({ id }) => id === values.bootstrapClientId)) {
    collect.add(settings.bootstrapClientId.key, 'is also the id of a client that the file declares');
  }
  const issuer = values.issuer ?? ownIssuer(schemeWith(values.tlsCertificate), values.port ?? defaultPort);
  for (const { id, audience } of declarations?.applications ?? []) {
    if (audience.replace(/\/$/, '') === issuer) {
      collect.add(
        settings.file.key,
        `application "${id}" has the issuer for its audience, which is this server's own`,
      );
    }
  }
  const administrator = values.administratorUsername ?? defaultAdministrator;
  if (declarations?.accounts.some(({ username }) => usernameKey(username) === usernameKey(administrator))) {
    collect.add(
      settings.administratorUsername.key,
      `"${administrator}" is also the user name of an account that the file declares`,
    );
  }
}

/** Freezes plain objects and arrays all the way down; octets cannot be frozen. */
function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  for (const inner of Object.values(value)) freezeDeep(inner);
  return Object.freeze(value);
}
