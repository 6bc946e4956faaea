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
