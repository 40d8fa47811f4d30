import { ArgumentsWrong, parseArguments, usage, type DevArguments } from './dev-cluster/arguments.ts';
import { banner, farewell, forwardLines } from './dev-cluster/banner.ts';
import { clusterAt, type Cluster } from './dev-cluster/cluster.ts';
import { CommandFailed } from './dev-cluster/command.ts';
import { takeAway } from './dev-cluster/deletion.ts';
import { chooseImageWay } from './dev-cluster/image-way.ts';
import { openInstallation, type Installation } from './dev-cluster/installation.ts';
import { chooseContext } from './dev-cluster/kube-context.ts';
import { showLogs } from './dev-cluster/pod-logs.ts';
import { forwardPort, freePort } from './dev-cluster/port-forward.ts';
import { prepare } from './dev-cluster/preparation.ts';
import { waitForRollout } from './dev-cluster/releases.ts';
import { agentImageOf, applySample } from './dev-cluster/sample.ts';
import { setUpServer } from './dev-cluster/server-setup.ts';
import { watchSources, type SourceWatch } from './dev-cluster/source-watch.ts';
import { requireTools } from './dev-cluster/tools.ts';
import { withValuesFiles } from './dev-cluster/values-files.ts';
import { BuildFailed, DockerMissing, findDocker } from './images/docker.ts';
import { isPortFree } from './trial/port.ts';
import { CannotStart, repositoryRoot } from './trial/settings.ts';

// npm run dev:cluster: server and worker in a cluster, from the sources, again at each change.

const stopping = new AbortController();
const { signal } = stopping;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stopping.abort());

/** What a person can mend, in words for them. */
const told = [ArgumentsWrong, BuildFailed, CannotStart, CommandFailed, DockerMissing];

try {
  const args = parseArguments(process.argv.slice(2));
  if (args === undefined) console.log(usage);
  else await run(withValuesFiles(args, process.env['INIT_CWD'] ?? process.cwd()));
} catch (error) {
  if (!signal.aborted) {
    console.error(`\ndev:cluster: ${isTold(error) ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

function isTold(error: unknown): error is Error {
  return told.some((kind) => error instanceof kind);
}

async function run(args: DevArguments): Promise<void> {
  const isBuilding = args.mode === 'loop' || args.mode === 'once';
  const isOfImages = isBuilding || args.mode === 'delete';
  requireTools([...(isOfImages ? (['docker'] as const) : []), 'helm', 'kubectl'], process.env['PATH'] ?? '');
  const context = await chooseContext(args.context);
  const cluster = clusterAt({ context, namespace: args.namespace }, signal);
  console.log(`kube context ${context}, namespace ${args.namespace}`);
  switch (args.mode) {
    case 'prepare':
      return prepare(cluster);
    case 'finish':
      return finish(cluster, args.port);
    case 'delete':
      return takeAway(cluster);
    case 'once':
    case 'loop':
      return develop(cluster, args);
    default:
      return args.mode satisfies never;
  }
}

/** What comes after skaffold's deployment, whose own port comes later. */
async function finish(cluster: Cluster, port: number): Promise<void> {
  await applySample(cluster, await agentImageOf(cluster));
  await waitForRollout(cluster, 'verve-server');
  await using forward = forwardPort(cluster, await freePort());
  const adminKey = await setUpServer(cluster, forward.url, signal);
  await waitForRollout(cluster, 'verve-sample');
  await waitForRollout(cluster, 'verve-worker');
  console.log(banner(cluster, `http://localhost:${port}`, adminKey));
}

async function develop(cluster: Cluster, args: DevArguments): Promise<void> {
  const way = chooseImageWay(cluster.context, process.env);
  await findDocker();
  if (!(await isPortFree(args.port, '127.0.0.1')))
    throw new CannotStart(
      `Port ${args.port} is taken: end what listens there, or choose another with --port.`,
    );
  await prepare(cluster);
  // Changes during the first build count, too.
  using sources = watchSources(repositoryRoot);
  await using forward = forwardPort(cluster, args.port);
  const installation = openInstallation({ cluster, forward, way, values: args });
  const parted = new AbortController();
  const shown = AbortSignal.any([signal, parted.signal]);
  const logs = (['server', 'worker'] as const).map((part) => showLogs(cluster, part, shown));
  try {
    const adminKey = await installation.update([], signal);
    console.log(banner(cluster, forward.url, adminKey));
    if (args.mode === 'once') console.log(forwardLines(cluster, args.port));
    else await followSources(installation, sources);
  } finally {
    parted.abort();
    await Promise.all(logs);
    console.log(`\n${farewell(cluster)}`);
  }
}

/** Never ends but by the signal. */
async function followSources(installation: Installation, sources: SourceWatch): Promise<never> {
  for (;;) {
    const { parts: touched, paths } = await sources.next(signal);
    console.log(`\nchanged: ${paths.join(', ')}`);
    await installation
      .update(touched, signal)
      .then(() => console.log('Up to date; waiting for the next change.'), tellFailure);
  }
}

/** What cannot be built or installed waits for the next change. */
function tellFailure(error: unknown): void {
  if (signal.aborted || !isTold(error)) throw error;
  console.error(`${error.message}\nThat was not done; waiting for the next change.`);
}
