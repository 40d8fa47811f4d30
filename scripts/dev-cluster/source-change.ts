import { parts, type Part } from '../images/catalogue.ts';

/** What a change of files comes to: images to build again; without one, the charts alone. */
export interface SourceChange {
  readonly parts: readonly Part[];
}

const ignored = /(?:^|\/)(?:\.(?!dockerignore$)|#)|~$|\.test\.ts$|\/(?:node_modules|dist|testing)\//;
const ofCharts = /^(?:charts|crds|scripts\/dev-cluster)\/.*\.(?:yaml|tpl|txt|json)$/i;
const ofBuilds =
  /^(?:(?:contract|server|worker|agent)\/(?:src\/.+|Dockerfile|package\.json|tsconfig\.json)|package(?:-lock)?\.json|tsconfig\.base\.json|\.dockerignore)$/;

/** Of files below the repository's root; undefined when none of them is in an image or a chart. */
export function changeOf(paths: readonly string[]): SourceChange | undefined {
  const read = paths.filter((path) => !ignored.test(path));
  const built = read.filter((path) => ofBuilds.test(path));
  if (built.length === 0 && !read.some((path) => ofCharts.test(path))) return undefined;
  return { parts: parts.filter((part) => built.some((path) => isIn(path, part))) };
}

/** What belongs to no part alone is in all of them. */
function isIn(path: string, part: Part): boolean {
  const [folder = ''] = path.split('/');
  const isOfOne = parts.some((one) => one === folder);
  return isOfOne ? folder === part : true;
}
