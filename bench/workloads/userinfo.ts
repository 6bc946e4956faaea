import assert from 'node:assert/strict';
import { writeRequest } from '../requests.ts';
import { opaqueWebClient, person } from '../setting.ts';
import { connectionCount, type Target, type Workload } from '../workload.ts';
import { signIn } from './sign-in-requests.ts';

/** Userinfo, with one token for each connection. */
export async function readUserinfo(target: Target): Promise<Workload> {
  const requests = await Promise.all(
    Array.from({ length: connectionCount }, async () => {
      const { tokens } = await signIn(target, opaqueWebClient);
      return writeRequest({
        port: target.port,
        method: 'GET',
        path: target.paths.userinfo,
        headers: { authorization: `Bearer ${tokens.access_token}` },
      });
    }),
  );
  return {
    next: (connection) => requests[connection] as Buffer,
    check: async ({ spread, last }) => {
      for (const body of [...spread, ...last]) {
        const { sub, email } = JSON.parse(body.toString());
        assert.ok(sub);
        assert.equal(email, person.email);
      }
    },
  };
}
