import { testAccounts } from './storage-suite/accounts.ts';
import { testAllowedScopes } from './storage-suite/allowed-scopes.ts';
import { testClientKeys } from './storage-suite/client-keys.ts';
import { testClients } from './storage-suite/clients.ts';
import { testConsents } from './storage-suite/consents.ts';
import { testCredentials } from './storage-suite/credentials.ts';
import { testDirectory } from './storage-suite/directory.ts';
import { testEndings } from './storage-suite/endings.ts';
import { testGrants } from './storage-suite/grants.ts';
import { createStorageTest, type OpenStorage } from './storage-suite/harness.ts';
import { testKeysAndAccounts } from './storage-suite/keys-and-accounts.ts';
import { testRaces } from './storage-suite/races.ts';
import { testSecrets } from './storage-suite/secrets.ts';
import { testSessions } from './storage-suite/sessions.ts';
import { testTokens } from './storage-suite/tokens.ts';
import { testUpstreamProviders } from './storage-suite/upstream-providers.ts';
import { testWrites } from './storage-suite/writes.ts';

/** Declares the tests that every storage driver must pass; `open` opens an empty storage for each. */
export function runStorageSuite(driver: string, open: OpenStorage): void {
  const storageTest = createStorageTest(driver, open);
  testClients(storageTest);
  testSecrets(storageTest);
  testTokens(storageTest);
  testKeysAndAccounts(storageTest);
  testAccounts(storageTest);
  testCredentials(storageTest);
  testClientKeys(storageTest);
  testDirectory(storageTest);
  testRaces(storageTest);
  testWrites(storageTest);
  testConsents(storageTest);
  testGrants(storageTest);
  testAllowedScopes(storageTest);
  testEndings(storageTest);
  testSessions(storageTest);
  testUpstreamProviders(storageTest);
}
