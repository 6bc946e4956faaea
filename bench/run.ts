// `npm run bench`: measures our server beside node-oidc-provider and the composite limit. See README.md.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, release, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { type Cores, takeCores } from './cores.ts';
import { installDependencies } from './install.ts';
import { linesOf } from './lines.ts';
import { type Options, readOptions } from './options.ts';
import { describeRun, publish } from './report.ts';
import { type CaseResult, median, type Results } from './results.ts';
import { measureCase, type RunningSide, type RunningSides } from './rounds.ts';
import { startServer } from './server-process.ts';
import {
  describeClientele,
  describeComposite,
  describePeer,
  describePlainClientele,
  type Side,
} from './sides.ts';
import { measureBeginnings } from './start-and-memory.ts';
import { writeTable } from './table.ts';
import { connectionCount } from './workload.ts';
import { type Registered, registerClients } from './workloads/updates.ts';

function versionIn(file: string): string {
  return JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8')).version;
}

/** Progress goes to stderr, results to stdout. */
function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function measure(options: Options, directory: string, cores: Cores): Promise<Results> {
  const { plan } = options;
  const [plain, clientele, peer, composite] = await Promise.all([
    describePlainClientele(directory, options),
    describeClientele(directory, options),
    describePeer(directory),
    describeComposite(directory),
  ]);
  tell('starts');
  const { start, idle } = await measureBeginnings(
    { clientele: plain.server, peer: peer.server },
    { rounds: plan.rounds, cores },
  );
  const run = async (side: Side): Promise<RunningSide> => ({
    ...side,
    process: await startServer(side.server, cores),
  });
  const sides = { clientele: await run(clientele), peer: await run(peer), composite: await run(composite) };
  const registered = await registerClients(
    { port: clientele.server.port, paths: clientele.paths },
    clientele.database,
  );
  const cases = await measureCases(options, sides, registered);
  const loaded = {
    clientele: [sides.clientele.process.residentMegabytes()],
    peer: [sides.peer.process.residentMegabytes()],
  };
  for (const side of Object.values(sides)) await side.process.stop();
  return { ...describeSetting(options, cores), cases, start, memory: { idle, loaded } };
}

async function measureCases(
  options: Options,
  sides: RunningSides,
  registered: Registered,
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const entry of options.cases) {
    const result = await measureCase(entry, { ...options, sides, registered });
    const rates = Object.entries(result.sides).map(
      ([name, { rates, busy }]) =>
        `${name} ${Math.round(median(rates))}/s (${busy.map((share) => share?.toFixed(2)).join(' ')})`,
    );
    tell(`${result.title}: ${rates.join(', ')}`);
    results.push(result);
  }
  return results;
}

function describeSetting(
  { plan }: Options,
  cores: Cores,
): Pick<Results, 'measuredAt' | 'machine' | 'versions' | 'plan'> {
  const processors = cpus();
  return {
    measuredAt: new Date().toISOString(),
    machine: {
      processor: processors[0]?.model.trim() ?? 'unknown processor',
      cores: processors.length,
      system: `${type()} ${release()}`,
      pinned: cores !== null,
    },
    versions: {
      node: process.versions.node,
      clientele: versionIn('../package.json'),
      peer: versionIn('node_modules/oidc-provider/package.json'),
    },
    plan: { connections: connectionCount, rounds: plan.rounds, secondsPerRound: plan.stretch.counted },
  };
}

const options = readOptions(process.argv.slice(2));
installDependencies();
const directory = mkdtempSync(join(tmpdir(), 'clientele-bench-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
const results = await measure(options, directory, takeCores());
if (options.complete) publish(results);
console.log(`\n${describeRun(results)}\n\n${writeTable(linesOf(results))}`);
