import type { FastifyInstance } from 'fastify';
import { mountPoints } from '../protocol/endpoints/discovery.ts';
import { redirect303 } from './page-replies.ts';
import { pagePaths } from './pages/paths.ts';

/** Sends whoever opens the issuer itself to their account. Needs `preparePages`. */
export function registerEntrance(app: FastifyInstance, { issuer }: { readonly issuer: string }): void {
  const account = app.pageSettings.basePath + pagePaths['account-overview'];
  const paths = [...mountPoints(issuer)].flatMap((mountPoint) => [mountPoint, `${mountPoint}/`]);
  for (const path of paths.filter((candidate) => candidate !== '')) {
    app.get(path, async (_request, reply) => redirect303(reply, account));
  }
}
