import { readFileSync } from 'node:fs';

/** What `clientele help` prints. */
export const commandHelp = `Usage: clientele [command]

  start              start the server (also without a command)
  bootstrap rotate   replace the secret of the bootstrap client; it is written to bootstrap.json in the data directory
                     (with the server's own settings, also while the server runs)
  help               print this
  --version          print the version

Settings come from the environment and from the file that CLIENTELE_CONFIG names: see docs/configuration.md.`;

/** The version of the package that runs. */
export function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
