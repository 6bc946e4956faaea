import type { FastifyInstance } from 'fastify';
import { createLogoUris } from '../admin/logo-route.ts';
import { noteForAccessLog } from '../http/access-log.ts';
import { answerAbsence, answerUnrouted } from '../http/unrouted.ts';
import { registerAccountPages } from '../interaction/account/account-routes.ts';
import { createBrowsers } from '../interaction/browser.ts';
import { registerEntrance } from '../interaction/entrance.ts';
import { registerLogout } from '../interaction/logout.ts';
import { answerAbsentPage, createPageErrorHandler } from '../interaction/page-error-handler.ts';
import { preparePages } from '../interaction/page-replies.ts';
import { pagePaths } from '../interaction/pages/paths.ts';
import { registerInteraction } from '../interaction/routes.ts';
import { issuerPath, mountPoints } from '../protocol/endpoints/discovery.ts';
import { endpointPaths } from '../protocol/vocabulary.ts';
import type { Core } from './core.ts';
import type { Limits } from './limits.ts';
import type { People } from './people.ts';

/** Mounts everything that a person sees. */
export function mountPages(app: FastifyInstance, core: Core, people: People, limits: Limits): void {
  const { configuration, storage, issuer, observers } = core;
  const { brand, passwords } = configuration.declarations.server;
  const { stores } = storage;
  const logoUriOf = createLogoUris(issuer);
  const shared = {
    ...core,
    ...people,
    accounts: stores.accounts,
    clients: stores.clients,
    browsers: createBrowsers(people),
    logoUriOf: (client: Parameters<typeof logoUriOf>[0]) => logoUriOf(client) ?? null,
    listener: observers.protocol,
    signIns: observers.signIns,
    noteOutcome: noteForAccessLog,
  };
  preparePages(app, {
    brand,
    basePath: issuerPath(issuer),
    shortestPassword: passwords.minimumLength,
  });
  const { askForProof } = registerInteraction(app, { ...shared, interactions: stores.interactions, limits });
  registerAccountPages(app, {
    ...shared,
    consents: stores.consents,
    limits: limits.authorization,
    askForProof,
  });
  registerLogout(app, { ...shared, limits: limits.authorization });
  registerEntrance(app, { issuer });
  answerAbsence(app, answerAbsentPage);
  answerUndecodable(app, issuer, createPageErrorHandler(shared));
}

/** A request whose address cannot be decoded meets no route: below the paths of pages it gets a page all the same. */
function answerUndecodable(
  app: FastifyInstance,
  issuer: string,
  answer: ReturnType<typeof createPageErrorHandler>,
): void {
  for (const mountPoint of mountPoints(issuer)) {
    for (const path of [...Object.values(pagePaths), endpointPaths.authorization, endpointPaths.endSession]) {
      answerUnrouted(app, mountPoint + path, answer);
    }
  }
}
