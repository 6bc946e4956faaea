/** What `clientele help` prints. */
export const commandHelp = `Usage: clientele [command]

  start                     start the server (also without a command)
  backup <file> [--force]   copy the embedded database into a file, also while the server runs; the master key is not in it
  restore <file> [--force]  put a backup into the data directory of a server that is stopped; --force sets the database
                            that is there aside
  master-key rotate         seal the data under a new master key, also while servers run
  keys list                 show the server's signing keys, and where each stands in its life
  keys rotate               let the next signing keys take over now
  bootstrap rotate          replace the secret of the bootstrap client; it is written to bootstrap.json in the data directory
  accounts create <user name> [--administrator] [--password-stdin]
                            make an account; its password is read from the standard input, or generated and printed once
  accounts list             show the accounts
  accounts disable <user name>
                            let nobody sign in to an account, and sign it out everywhere
  accounts enable <user name>
                            let it sign in again
  accounts sign-out <user name>
                            end its sessions and what clients hold in its name; it may sign in again
  accounts sign-out-all     do so for every account
  accounts reset-password <user name> [--forget-factors] [--password-stdin]
                            give an account another password, sign it out everywhere and end what clients hold in its name;
                            --forget-factors takes its passkeys, its authenticator app and its recovery codes away too
  logouts <client id>       show what a client was to be told of sessions that ended, and whether it was
  help                      print this
  --version                 print the version

Settings come from the environment and from the file that CLIENTELE_CONFIG names: see docs/configuration.md. Run commands with the
server's own settings, as the user that runs the server. A command ends with 0, with 1 and a line that says what is wrong, or with 2 when
it is none of these.`;
