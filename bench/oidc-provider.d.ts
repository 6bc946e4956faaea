/** What is used here of a package that has no types of its own. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  export class Provider {
    constructor(issuer: string, configuration: object);
    callback(): RequestListener;
    readonly Grant: {
      new (of: {
        readonly clientId: string;
        readonly accountId: string;
      }): {
        addOIDCScope(scope: string): void;
        addResourceScope(resource: string, scope: string): void;
        save(): Promise<string>;
      };
      find(id: string): Promise<object | undefined>;
    };
  }
}

declare module 'oidc-provider/lib/adapters/memory_adapter.js' {
  /** The adapter of a model: keeps what is issued in `store`. */
  class MemoryAdapter {
    constructor(model: string, store: object);
  }
  // biome-ignore lint/style/noDefaultExport: the package has no other
  export default MemoryAdapter;
}

declare module 'oidc-provider/lib/helpers/lru.js' {
  class LRU {
    constructor(options: { readonly maxSize: number });
  }
  // biome-ignore lint/style/noDefaultExport: the package has no other
  export default LRU;
}
