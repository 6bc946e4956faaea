import type { AccountSection } from './models.ts';

/** Where the pages are, by their kind, below the issuer; their forms are posted to the same path. `confirmation` leads to a proof of who one is. */
export const pagePaths = {
  login: '/login',
  'second-factor': '/login/second-factor',
  'sign-up': '/sign-up',
  consent: '/consent',
  'account-chooser': '/login/account',
  logout: '/logout',
  'account-overview': '/account',
  authorisations: '/account/authorisations',
  sessions: '/account/sessions',
  security: '/account/security',
  confirmation: '/account/security/confirm',
} as const;

/** Where each part of a person's account is, below the issuer. */
export const sectionPaths: Readonly<Record<AccountSection, string>> = {
  overview: pagePaths['account-overview'],
  authorisations: pagePaths.authorisations,
  sessions: pagePaths.sessions,
  security: pagePaths.security,
};
