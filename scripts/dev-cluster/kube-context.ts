import { CannotStart } from '../trial/settings.ts';
import { ask } from './command.ts';

/** Contexts that these programs make, and no provider of clusters does. */
const localNames = /^(?:kind-.+|k3d-.+|minikube|docker-desktop)$/;

/** The context to work in: the one that was named, else the current one if its name tells that it is local. Throws CannotStart. */
export async function chooseContext(named: string | undefined): Promise<string> {
  const known = lines(await ask('kubectl', ['config', 'get-contexts', '--output=name']));
  if (named !== undefined) {
    if (known.includes(named)) return named;
    throw new CannotStart(`There is no kube context ${named}; there are: ${known.join(', ') || 'none'}.`);
  }
  // It fails where none is chosen.
  const [current] = lines(await ask('kubectl', ['config', 'current-context']).catch(() => ''));
  if (current === undefined)
    throw new CannotStart(
      'No kube context is chosen: `kubectl config use-context …`, or make a cluster with `kind create cluster`.',
    );
  if (isLocal(current)) return current;
  throw new CannotStart(
    `The kube context ${current} does not look like a cluster on your machine, so nothing was done.\n` +
      `If it is the one to develop on, say so: npm run dev:cluster -- --context ${current}`,
  );
}

/** Whether a context's name tells that its cluster is on this machine. */
export function isLocal(context: string): boolean {
  return localNames.test(context);
}

function lines(text: string): string[] {
  return text.split('\n').filter(Boolean);
}
