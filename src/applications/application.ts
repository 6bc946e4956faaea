import type { JsonObject } from '../kernel/encoding.ts';
import type { Scope } from './scope.ts';

/** An API (resource server) that clients get access tokens for. */
export interface Application {
  /** 1 to 64 characters. */
  readonly id: string;
  readonly name: string;
  /** What people's programs find it by: 1 to 64 small letters, digits and dashes; unique. Null: it is not found by one. */
  readonly slug: string | null;
  readonly websiteUri: string | null;
  /** The `aud` of access tokens for it (RFC 9068 §3): an absolute URI. */
  readonly audience: string;
  readonly scopes: readonly Scope[];
  /** Ids of the accounts that administer it and the clients that belong to it. */
  readonly administrators: readonly string[];
  /** JSON Schema (draft 2020-12) of a client's own configuration for it; null: any object. */
  readonly configSchema: JsonObject | null;
}
