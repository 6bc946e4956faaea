import type { AccountSection } from '../pages/models.ts';
import { pagePaths } from '../pages/paths.ts';

/** Where each part of a person's account is, below the issuer. */
export const sectionPaths: Readonly<Record<AccountSection, string>> = {
  overview: pagePaths['account-overview'],
  authorisations: pagePaths.authorisations,
  sessions: pagePaths.sessions,
  security: pagePaths.security,
};
