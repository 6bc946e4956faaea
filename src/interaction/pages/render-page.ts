import { accountChooserPage } from './account-chooser.ts';
import { accountOverviewPage } from './account-overview.ts';
import { authorisationsPage } from './authorisations.ts';
import { consentPage } from './consent.ts';
import { contentSecurityPolicy } from './content-security-policy.ts';
import { errorPage } from './error.ts';
import { formPostPage } from './form-post.ts';
import { documentOf } from './layout.ts';
import { loginPage } from './login.ts';
import { logoutPage } from './logout.ts';
import type { Page, PageContext, RenderedPage } from './models.ts';
import { secondFactorPage } from './second-factor.ts';
import { securityPage } from './security.ts';
import { sessionsPage } from './sessions.ts';
import { signUpPage } from './sign-up.ts';
import { signedOutPage } from './signed-out.ts';
import { textsIn } from './texts/texts.ts';
import type { PageBody, View } from './view.ts';

type Writers = {
  readonly [Kind in Page['kind']]: (page: Extract<Page, { readonly kind: Kind }>, view: View) => PageBody;
};

const writers: Writers = {
  login: loginPage,
  'second-factor': secondFactorPage,
  'sign-up': signUpPage,
  consent: consentPage,
  'account-chooser': accountChooserPage,
  logout: logoutPage,
  'signed-out': signedOutPage,
  error: errorPage,
  'form-post': formPostPage,
  'account-overview': accountOverviewPage,
  authorisations: authorisationsPage,
  sessions: sessionsPage,
  security: securityPage,
};

/** Writes a page, and the policy that it is to be sent with. The same page in the same context is the same text. */
export function renderPage(page: Page, context: PageContext): RenderedPage {
  const write = writers[page.kind] as (page: Page, view: View) => PageBody;
  const view = { ...context, texts: textsIn[context.language] };
  const body = write(page, view);
  const { brand, nonce } = context;
  const needs = {
    ...body.needs,
    images: [brand.logoUri, ...body.needs.images],
    script: body.script === null ? ('none' as const) : ('runs' as const),
  };
  return { html: documentOf(body, view), contentSecurityPolicy: contentSecurityPolicy(needs, nonce) };
}
