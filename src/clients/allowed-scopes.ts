/** The port to what people have allowed clients, and to what was granted to clients for that. Both say scopes by their names. */
export interface AllowedScopes {
  /** Takes a scope out of all of it, and leaves the rest; a grant of nothing else ends. When it resolves, nothing says the scope. */
  readonly forget: (scope: string) => Promise<void>;
}
