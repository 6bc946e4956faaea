import type { FastifyReply } from 'fastify';
import type { SignUp } from '../accounts/sign-up.ts';
import type { Clock } from '../kernel/clock.ts';
import { authenticationContexts } from '../protocol/authorization/authentication-context.ts';
import { auditOfPerson } from './audit-of-person.ts';
import type { Visit } from './flow.ts';
import { clientOf, formSecretsOf, isOwn, type PageDeps, providerOfVisit } from './login-page.ts';
import { queryOf, redirect303, sendPage } from './page-replies.ts';
import type { PageAnswer } from './page-routes.ts';
import type { Complaint } from './pages/models.ts';

/** What making accounts of one's own is made of. */
export interface SignUpDeps extends PageDeps {
  readonly signUp: SignUp['signUp'];
  readonly clock: Clock;
}

interface Wanted {
  readonly username: string;
  readonly email: string;
  readonly complaint: Complaint | null;
}

/** `GET /sign-up` of an interaction. */
export function createSignUpPage(deps: SignUpDeps): PageAnswer {
  return async (request, reply) => {
    const visit = await deps.flow.open(request, reply, queryOf(request).get('interaction'));
    return showSignUp(visit, { username: '', email: '', complaint: null }, 200, deps);
  };
}

/** `POST /sign-up`: whoever has made an account is signed in to it. */
export function createSignUpSubmission(deps: SignUpDeps): PageAnswer {
  const { flow, identityProviders } = deps;
  return async (request, reply) => {
    const { visit, form } = await flow.submit(request, reply);
    if (!isOwn(await providerOfVisit(visit, identityProviders))) return toLogin(visit, deps);
    const [username = '', email = '', password = ''] = ['username', 'email', 'password'].map(form.get);
    const wanted = { username, email: email === '' ? null : email, password };
    const outcome = await deps.signUp(wanted, auditOfPerson(request, deps.clock));
    if (typeof outcome === 'string') {
      return showSignUp(visit, { username, email, complaint: outcome }, 400, deps);
    }
    return flow.signIn(visit, {
      method: 'sign-up',
      account: outcome,
      acr: authenticationContexts[0],
      amr: ['pwd'],
    });
  };
}

async function showSignUp(
  visit: Visit,
  wanted: Wanted,
  status: number,
  deps: SignUpDeps,
): Promise<FastifyReply> {
  const { flow, identityProviders, logoUriOf } = deps;
  return flow.show(visit, async (need, here) => {
    if (!isOwn(await providerOfVisit(here, identityProviders))) return toLogin(here, deps);
    const page = {
      kind: 'sign-up',
      form: formSecretsOf(here, need),
      client: clientOf(need, logoUriOf),
      loginPath: flow.pageOf('login', here.interaction.id),
      ...wanted,
    } as const;
    return sendPage(here.reply, page, status);
  });
}

/** Accounts of other providers are made there. */
function toLogin({ reply, interaction }: Visit, { flow }: SignUpDeps): FastifyReply {
  return redirect303(reply, flow.pageOf('login', interaction.id));
}
