import { createHash } from 'node:crypto';
import type { AuditEvent } from '../kernel/audit.ts';
import type { Clock } from '../kernel/clock.ts';
import { orderedUuid } from '../kernel/random.ts';
import { newestSecret, openNewestSecret } from './newest-secret.ts';
import { auditEntry, type Request } from './request.ts';
import type { NewSecret } from './rules/secrets.ts';
import type { ClientSecret, SecretKeeper } from './secret.ts';
import { generatedLength, generateSecret, hintOf } from './secret-text.ts';
import type { StoredClient } from './store.ts';

/** A secret that is about to be stored. */
export interface MadeSecret {
  /** Null: it is imported, and nobody here knows it. */
  readonly text: string | null;
  readonly secret: ClientSecret;
}

/** What may be told of a live secret. */
export interface SecretDescription {
  /** 64 hex digits that name it and tell nothing about it. */
  readonly fingerprint: string;
  /** Its first characters, at most 5. */
  readonly hint: string;
}

/** A secret in clear, and the entry that must be stored before it is shown. */
export interface Disclosure {
  readonly text: string;
  readonly reading: AuditEvent;
}

/** The parts of the work on secrets that touch them in clear. */
export interface SecretTexts {
  /** Whether `text` is the newest live secret of the client. */
  readonly isNewestSecret: (stored: StoredClient, text: string) => boolean;
  /** A secret that is about to be stored. What is wrong with a chosen or imported one was judged before. */
  readonly make: (clientId: string, secret: NewSecret, createdBy: string) => MadeSecret;
  /** The newest live secret, opened, and the audit entry of its reading; undefined: there is none that is kept. */
  readonly disclose: (request: Request, stored: StoredClient) => Disclosure | undefined;
  /** How long the newest secret is, in octets: the one that is wanted, else the newest live one; null: none is kept. */
  readonly octetsOf: (wanted: NewSecret | undefined, stored?: StoredClient) => number | null;
}

/** What that work is made of. */
export interface SecretTextsDependencies {
  readonly secretKeeper: Pick<SecretKeeper, 'makeVerifier' | 'matches' | 'seal' | 'open'>;
  readonly clock: Clock;
  /** False: the server keeps verifiers of secrets alone. */
  readonly secretsKept: boolean;
}

/** Makes the parts that touch secrets in clear. */
export function createSecretTexts(dependencies: SecretTextsDependencies): SecretTexts {
  const { secretKeeper, clock } = dependencies;
  return {
    make: (clientId, wanted, createdBy) => {
      const id = orderedUuid();
      const base = { id, label: null, createdAt: clock.now(), createdBy, expiresAt: null, lastUsedAt: null };
      if (typeof wanted === 'object' && 'imported' in wanted) {
        const verifier = { algorithm: 'imported', digest: wanted.imported } as const;
        return { text: null, secret: { ...base, verifier, sealed: null, hint: '' } };
      }
      const text = wanted === 'generate' ? generateSecret() : wanted.chosen;
      const verifier = secretKeeper.makeVerifier(text);
      const sealed = secretKeeper.seal(text, { clientId, secretId: id });
      return { text, secret: { ...base, verifier, sealed, hint: hintOf(text) } };
    },

    octetsOf: (wanted, stored) => {
      if (wanted === 'generate') return generatedLength;
      if (wanted) return 'chosen' in wanted ? Buffer.byteLength(wanted.chosen) : null;
      const text = stored && openNewestSecret(dependencies, stored)?.text;
      return text === undefined ? null : Buffer.byteLength(text);
    },

    isNewestSecret: (stored, text) => {
      const newest = newestSecret(stored, clock.now());
      return newest !== undefined && secretKeeper.matches(text, newest.verifier);
    },

    disclose: (request, stored) => {
      const newest = openNewestSecret(dependencies, stored);
      if (!newest) return undefined;
      const reading = auditEntry(request, clock.now(), {
        action: 'client.secret-read',
        targetId: stored.client.id,
        changes: [{ field: 'secrets', before: [newest.id], after: [newest.id] }],
      });
      return { text: newest.text, reading };
    },
  };
}

/** What may be told of a secret. Its fingerprint is made of its id alone. */
export function describeSecret({ id, hint }: Pick<ClientSecret, 'id' | 'hint'>): SecretDescription {
  return { fingerprint: createHash('sha256').update(`client-secret/${id}`).digest('hex'), hint };
}
