import type { FastifyReply } from 'fastify';
import { locationOf } from '../protocol/authorization/authorization-response.ts';
import type { OAuthError } from '../protocol/errors.ts';
import type { Need, Next } from './interaction.ts';
import { redirect303, sendPage } from './page-replies.ts';
import { pagePaths, sectionPaths } from './pages/paths.ts';

/** Where the flow sends a browser. */
export interface Ways {
  /** Where a need is met, for a visit. */
  readonly pageOf: (prompt: Need['prompt'], interactionId: string) => string;
  /** Sends the browser where there is nothing left to do for the person: to the client, or to the account pages. */
  readonly leave: (
    reply: FastifyReply,
    next: Exclude<Next, { readonly kind: 'interaction' }>,
  ) => FastifyReply;
}

/** What they are made of. */
export interface WaysDeps {
  /** See `PageSettings`. */
  readonly basePath: string;
  /** False: who wants an account is shown how to sign in. */
  readonly signUpEnabled: boolean;
  /** Hears of an error that the client is told of with `reply`. */
  readonly noteError: (reply: FastifyReply, error: OAuthError) => void;
}

const pathsOfNeeds: Readonly<Record<Need['prompt'], string>> = {
  login: pagePaths.login,
  create: pagePaths['sign-up'],
  select_account: pagePaths['account-chooser'],
  consent: pagePaths.consent,
};

/** Makes them. */
export function createWays({ basePath, signUpEnabled, noteError }: WaysDeps): Ways {
  return {
    pageOf: (prompt, id) => {
      const path = prompt === 'create' && !signUpEnabled ? pagePaths.login : pathsOfNeeds[prompt];
      return `${basePath}${path}?interaction=${id}`;
    },
    leave: (reply, next) => {
      if (next.kind === 'account') return redirect303(reply, basePath + sectionPaths[next.section]);
      const { parameters, target, error } = next.response;
      if (error !== undefined) noteError(reply, error);
      return target.mode === 'form_post'
        ? sendPage(reply, { kind: 'form-post', action: target.redirectUri, parameters })
        : redirect303(reply, locationOf(next.response));
    },
  };
}
