import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import type { AccountDeclaration, DeclaredCredential } from '../accounts/declaration.ts';
import { parseProfileClaims } from '../accounts/profile-claims.ts';
import { usernameKey } from '../accounts/username.ts';
import type { Application } from '../applications/application.ts';
import { createCatalog } from '../applications/catalog.ts';
import type { Scope } from '../applications/scope.ts';
import { RegistryError } from '../clients/errors.ts';
import { parseClientPatch } from '../clients/record-schema.ts';
import type { DeclaredProvider } from '../identity-providers/provider-values.ts';
import type { JsonObject } from '../kernel/encoding.ts';
import { unknownName } from './closest-name.ts';
import { type FaultCollector, ValueFault } from './faults.ts';
import { propertyNames } from './file-json-schema.ts';
import { fileSchema, type ParsedFile, slugPattern } from './file-schema.ts';
import { declareIdentityProvider, parseUpstreamSecret } from './identity-provider-schema.ts';
import { decodeUtf8, type ReadFile, readInput, readSecretFile } from './input-file.ts';
import { parseClientSecret, parsePassword, parseServiceToken } from './values.ts';
import { parseYaml } from './yaml.ts';

/** A client that the operator declares; the registry judges `fields` by its own rules. */
export interface ClientDeclaration {
  readonly id: string;
  readonly secret: string | null;
  /** What another server has kept of its secret; read only when the client is registered. */
  readonly secretHash: string | null;
  /** Fields of the record by their camelCase names. */
  readonly fields: JsonObject;
}

/** An application as declared: `administrators` are user names or ids, to be resolved once the accounts exist. */
export type ApplicationDeclaration = Application;

/** The service that holds `universal` keys. */
export interface RemoteSignerDeclaration {
  readonly url: string;
  readonly token: string;
}

/** Whether metrics are served, and who may read them. */
export interface MetricsDeclaration {
  readonly enabled: boolean;
  /** Null: everybody may. */
  readonly token: string | null;
}

/** Server-wide options of the file. */
export type ServerOptions = Readonly<Omit<ParsedFile['server'], 'remoteSigner' | 'metrics'>> & {
  readonly remoteSigner: RemoteSignerDeclaration | null;
  readonly metrics: MetricsDeclaration;
};

/** What the file declares. */
export interface Declarations {
  readonly server: ServerOptions;
  readonly applications: readonly ApplicationDeclaration[];
  /** General scopes beside the built-in ones. */
  readonly scopes: readonly Scope[];
  readonly accounts: readonly AccountDeclaration[];
  readonly clients: readonly ClientDeclaration[];
  readonly identityProviders: readonly DeclaredProvider[];
}

/** What is read once is not worth the functions that Zod would compile for it. */
const readOnce = { jitless: true } as const;

/** What holds without a file. */
export function defaultDeclarations(): Declarations {
  const { server } = fileSchema.parse({}, readOnce);
  return {
    server: declareServer(server, () => undefined),
    applications: [],
    scopes: [],
    accounts: [],
    clients: [],
    identityProviders: [],
  };
}

/** Reads the file at `path`; `undefined` when anything is wrong with it, which `collect` then names. */
export function readDeclarations(
  path: string,
  readFile: ReadFile,
  collect: FaultCollector,
): Declarations | undefined {
  const before = collect.faults.length;
  const input = collect.attempt(path, () => parseYaml(decodeUtf8(readInput(readFile, path), path)) ?? {});
  if (input === undefined) return undefined;
  const parsed = fileSchema.safeParse(input, readOnce);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) addIssue(issue, path, collect);
    return undefined;
  }
  const readSecret: ReadSecret = (where, file, check) =>
    collect.attempt(`${path}: ${where}`, () => check(readSecretFile(readFile, resolve(dirname(path), file))));
  const declarations = declarationsOf(parsed.data, readSecret);
  checkNames(declarations, path, collect);
  checkClients(declarations, path, collect);
  checkSchemas(declarations, path, collect);
  return collect.faults.length === before ? declarations : undefined;
}

/** The secret in a `file` that the entry at `where` names; undefined when anything is wrong with it, which is noted. */
type ReadSecret = (where: string, file: string, check: (text: string) => string) => string | undefined;

function declarationsOf(
  { server, applications, scopes, accounts, clients, identityProviders }: ParsedFile,
  readSecret: ReadSecret,
): Declarations {
  return {
    server: declareServer(server, (option, file) =>
      readSecret(`server.${option}.tokenFile`, file, parseServiceToken),
    ),
    applications: applications.map(declareApplication),
    scopes: scopes.map((scope) => ({ ...scope, kind: 'general', applicationId: null })),
    accounts: accounts.map((account, index) =>
      declareAccount(account, (file) => readSecret(`accounts[${index}].passwordFile`, file, parsePassword)),
    ),
    clients: clients.map((client, index) =>
      declareClient(client, (file) => readSecret(`clients[${index}].secretFile`, file, parseClientSecret)),
    ),
    identityProviders: identityProviders.map((provider, index) =>
      declareIdentityProvider(provider, (file) =>
        readSecret(`identityProviders[${index}].secretFile`, file, parseUpstreamSecret),
      ),
    ),
  };
}

/** The token in a `file` that an option names; undefined when anything is wrong with it, which is noted. */
type ReadToken = (option: 'remoteSigner' | 'metrics', file: string) => string | undefined;

function declareServer(
  { remoteSigner, metrics, ...options }: ParsedFile['server'],
  readToken: ReadToken,
): ServerOptions {
  const { enabled, tokenFile } = metrics;
  const token = tokenFile === undefined ? undefined : readToken('metrics', tokenFile);
  return {
    ...options,
    remoteSigner: remoteSigner === undefined ? null : declareRemoteSigner(remoteSigner, readToken),
    metrics: { enabled, token: token ?? null },
  };
}

function declareRemoteSigner(
  { url, tokenFile }: NonNullable<ParsedFile['server']['remoteSigner']>,
  readToken: ReadToken,
): RemoteSignerDeclaration | null {
  const token = readToken('remoteSigner', tokenFile);
  return token === undefined ? null : { url, token };
}

function declareApplication({
  slug,
  websiteUrl,
  ...entry
}: ParsedFile['applications'][number]): ApplicationDeclaration {
  return {
    ...entry,
    slug: slug ?? (slugPattern.test(entry.id) ? entry.id : null),
    websiteUri: websiteUrl ?? null,
    scopes: entry.scopes.map((scope) => ({ ...scope, kind: 'application', applicationId: entry.id })),
    configSchema: entry.configSchema as JsonObject | null,
  };
}

function declareAccount(
  account: ParsedFile['accounts'][number],
  readPassword: (file: string) => string | undefined,
): AccountDeclaration {
  const { id = null, username, administrator, disabled, email, emailVerified, claims } = account;
  return {
    id,
    username,
    credential: credentialOf(account, readPassword),
    administrator,
    disabled,
    ...(email !== undefined && { email }),
    ...(emailVerified !== undefined && { emailVerified }),
    ...(claims !== undefined && { claims: parseProfileClaims(claims) }),
  };
}

function declareClient(
  { id, secret, secretFile, secretHash, ...fields }: ParsedFile['clients'][number],
  readSecret: (file: string) => string | undefined,
): ClientDeclaration {
  const known = secretFile === undefined ? secret : readSecret(secretFile);
  return { id, secret: known ?? null, secretHash: secretHash ?? null, fields: fields as JsonObject };
}

function credentialOf(
  account: ParsedFile['accounts'][number],
  readPassword: (file: string) => string | undefined,
): DeclaredCredential | null {
  if (account.passwordHash !== undefined) return { kind: 'hash', passwordHash: account.passwordHash };
  const password = account.passwordFile === undefined ? account.password : readPassword(account.passwordFile);
  return password === undefined ? null : { kind: 'password', password };
}

function addIssue(issue: z.core.$ZodIssue, path: string, collect: FaultCollector): void {
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      collect.add(`${path}: ${pathText([...issue.path, key])}`, unknownName(key, propertyNames()));
    }
    return;
  }
  const where = issue.path.length === 0 ? path : `${path}: ${pathText(issue.path)}`;
  collect.add(where, issue.message.replace(/^Invalid input: /, ''));
}

/** `accounts[0].username` */
function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}

/** What must be unique, by where it stands. */
function checkNames(declarations: Declarations, path: string, collect: FaultCollector): void {
  const { applications, scopes, accounts, clients, identityProviders } = declarations;
  const lists: readonly (readonly [what: string, names: readonly string[]])[] = [
    ['the application id', applications.map(({ id }) => id)],
    ['the audience', applications.map(({ audience }) => audience)],
    ['the slug', applications.flatMap(({ slug }) => slug ?? [])],
    ['the scope', [...scopes, ...applications.flatMap((entry) => entry.scopes)].map(({ name }) => name)],
    ['the user name', accounts.map(({ username }) => usernameKey(username))],
    ['the account id', accounts.flatMap(({ id }) => (id === null ? [] : [id]))],
    ['the client id', clients.map(({ id }) => id)],
    ['the identity provider id', identityProviders.map(({ id }) => id)],
    ['the identity provider', identityProviders.map((provider) => provider.name)],
    [
      'the id of an account and of a client',
      [...new Set(accounts.flatMap(({ id }) => id ?? [])), ...new Set(clients.map(({ id }) => id))],
    ],
  ];
  for (const [what, names] of lists) {
    const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
    for (const name of twice) collect.add(path, `${what} "${name}" is declared twice`);
  }
}

/** The form of a client's fields; whether their values are allowed is for the registry's rules to say, at the start. */
function checkClients({ clients }: Declarations, path: string, collect: FaultCollector): void {
  for (const [index, { fields }] of clients.entries()) {
    try {
      parseClientPatch(fields);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      for (const { field, message } of error.violations) {
        collect.add(`${path}: clients[${index}].${field}`, message);
      }
    }
  }
}

function checkSchemas({ applications }: Declarations, path: string, collect: FaultCollector): void {
  for (const [index, application] of applications.entries()) {
    collect.attempt(`${path}: applications[${index}].configSchema`, () => {
      try {
        createCatalog({ applications: [{ ...application, scopes: [] }], scopes: [] });
      } catch {
        throw new ValueFault('is not a JSON Schema (draft 2020-12)');
      }
    });
  }
}
