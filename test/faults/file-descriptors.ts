import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { lasting } from './deadline.ts';
import { startExercise } from './exercise.ts';
import type { Fault, Trial } from './fault.ts';
import type { ServerNode } from './node-process.ts';
import { openPostgresSite, openSqliteSite, type Site } from './site.ts';

/** Enough for everything that the traffic opens by itself. */
const mostDescriptors = 256;
const strangers = 500;
const exhaustedSeconds = 5;

/** More connections than the process may have files open. */
export const noDescriptors: Fault = {
  name: 'file-descriptors',
  about: `${strangers} connections to a server that may have ${mostDescriptors} files open, on SQLite and on PostgreSQL`,
  run: async (trial) => {
    await tryOn(trial, openSqliteSite(trial.context));
    await tryOn(trial, await openPostgresSite(trial.context));
  },
};

async function tryOn(trial: Trial, site: Site): Promise<void> {
  const node = await site.makeNode('the server', { shell: `ulimit -n ${mostDescriptors}; exec "$@"` });
  const exercise = await startExercise(trial, site, [node]);
  const { send, administration } = exercise.world;
  await exercise.during([node], async () => {
    const sockets = Array.from({ length: strangers }, () => openConnection(node));
    // Starts a thread, which wants descriptors too.
    const list = send(node, {
      dialect: 'login-api',
      path: '/auth/api/login/client',
      headers: { authorization: `Bearer ${administration}` },
    });
    await lasting(exhaustedSeconds);
    await list;
    const refused = sockets.filter((socket) => socket.closed).length;
    trial.remark(`${refused} of ${strangers} connections were refused`);
    for (const socket of sockets) socket.destroy();
    await Promise.all(sockets.map(async (socket) => socket.closed || once(socket, 'close')));
  });
  await exercise.end();
}

/** Opens a connection and says nothing. */
function openConnection({ port }: ServerNode): Socket {
  return connect(port, '127.0.0.1')
    .on('error', () => {})
    .resume();
}
