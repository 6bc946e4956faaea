import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Cluster, startCluster } from '../fixtures/postgres/cluster.ts';
import { createDatabase, prepareServer, runOn } from '../fixtures/postgres/databases.ts';
import { bootstrap } from '../fixtures/running-server.ts';
import { atEnd, type Ending } from '../fixtures/teardown.ts';
import { temporaryDirectory } from '../fixtures/temporary-directory.ts';
import { opaqueClient } from './load.ts';
import { makeNode, type NodeOptions, type ServerNode } from './node-process.ts';
import { issuer, type Look } from './world.ts';

/** A database, and how nodes are made on it. */
export interface Site {
  readonly makeNode: (name: string, options?: Partial<NodeOptions>) => Promise<ServerNode>;
  readonly look: Look;
}

const declarations = {
  clients: [
    {
      ...opaqueClient,
      accessTokenFormat: 'opaque',
      grantTypes: ['client_credentials', 'introspect', 'revoke'],
    },
  ],
};

/** What every node is told, whichever its database. */
function commonSettings(folder: string): Readonly<Record<string, string>> {
  const file = join(folder, 'clientele.json');
  writeFileSync(file, JSON.stringify(declarations));
  return {
    CLIENTELE_ISSUER: issuer,
    CLIENTELE_CONFIG: file,
    CLIENTELE_BOOTSTRAP_CLIENT_ID: bootstrap.id,
    CLIENTELE_BOOTSTRAP_CLIENT_SECRET: bootstrap.secret,
    CLIENTELE_ADMIN_PASSWORD: 'password-of-the-fault-tests',
  };
}

/**
 * A site on the embedded engine.
 * @param dataDirectory default: in a temporary directory
 */
export function openSqliteSite(context: Ending, dataDirectory?: string): Site {
  const folder = temporaryDirectory(context);
  const data = dataDirectory ?? join(folder, 'data');
  const settings = { ...commonSettings(folder), CLIENTELE_DATA_DIR: data };
  const file = join(data, 'clientele.sqlite');
  return {
    makeNode: (name, options = {}) =>
      makeNode(context, name, { ...options, settings: { ...settings, ...options.settings } }),
    look: async (text) => {
      if (!existsSync(file)) throw new Error(`there is no ${file}`);
      const database = new DatabaseSync(file, { timeout: 10_000, readOnly: true });
      try {
        return database.prepare(text).all();
      } finally {
        database.close();
      }
    },
  };
}

/** A site on a PostgreSQL server of its own. */
export interface PostgresSite extends Site {
  readonly cluster: Cluster;
  /** The database, as its owner. */
  readonly url: string;
}

/** As an operator would have it, with what a crash must not cost. */
const serverSettings = { fsync: 'on', full_page_writes: 'on' };

/**
 * Opens a site on PostgreSQL.
 * @param throughWhat what stands between nodes and the server, given the database's URL; default: nothing
 */
export async function openPostgresSite(
  context: Ending,
  throughWhat: (url: string) => Promise<string> = async (url) => url,
): Promise<PostgresSite> {
  const folder = temporaryDirectory(context);
  const cluster = await startCluster({ settings: serverSettings });
  atEnd(context, cluster.stop);
  await prepareServer(cluster.url);
  const { url } = await createDatabase('newest', cluster.url);
  const common = { ...commonSettings(folder), CLIENTELE_MASTER_KEY: Buffer.alloc(32, 5).toString('base64') };
  const databaseUrl = await throughWhat(url);
  return {
    cluster,
    url,
    makeNode: (name, options = {}) =>
      makeNode(context, name, {
        ...options,
        settings: {
          ...common,
          DATABASE_URL: databaseUrl,
          CLIENTELE_DATA_DIR: join(folder, name),
          ...options.settings,
        },
      }),
    look: (text) => runOn(url, text),
  };
}
