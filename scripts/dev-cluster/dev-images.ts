import { imagesFor, parts, type Part } from '../images/catalogue.ts';
import { build } from '../images/docker.ts';
import { readRevision } from '../images/revision.ts';
import { repositoryRoot } from '../trial/settings.ts';
import { ask, CommandFailed, show } from './command.ts';
import { contentTag, type ImageContent } from './content-tag.ts';
import type { ImageWay } from './image-way.ts';

/** The tag that each image has in the cluster. */
export type Tags = Readonly<Record<Part, string>>;

/** Another one than that of `npm run images`, whose images stay as they are. */
const buildTag = 'dev-cluster';

/** With or without a registry before it. */
const ofDevLoop = new RegExp(`(?:^|/)verve-(?:${parts.join('|')}):dev-`);

/** Builds the image of a part, and gives the tag that it gets by its content. Throws BuildFailed. */
export async function buildImage(part: Part): Promise<string> {
  const [image] = imagesFor([part], { prefix: '', tag: buildTag });
  if (image === undefined) throw new Error(`there is no image of ${part}`);
  // The commit is no content: with it in the labels, each commit would roll out everything.
  await build(image, { ...readRevision(repositoryRoot), commit: 'dev' }, repositoryRoot);
  const [content] = JSON.parse(await ask('docker', ['image', 'inspect', image.name])) as [ImageContent];
  const tag = contentTag(content);
  await ask('docker', ['tag', image.name, `verve-${part}:${tag}`]);
  return tag;
}

/** Brings an image into the cluster. Throws CommandFailed. */
export async function deliver(image: string, way: ImageWay, signal: AbortSignal): Promise<void> {
  switch (way.kind) {
    case 'shared':
      return;
    case 'command':
      return show('sh', ['-c', way.line.replaceAll('{image}', image)], signal);
    case 'registry': {
      const name = `${way.registry}/${image}`;
      await ask('docker', ['tag', image, name]);
      return show('docker', ['push', name], signal);
    }
    default:
      return way satisfies never;
  }
}

/** Forgets what this machine's Docker engine keeps of former builds. */
export async function forgetImages(): Promise<void> {
  const names = (await ask('docker', ['image', 'ls', '--format={{.Repository}}:{{.Tag}}'])).split('\n');
  const images = names.filter((name) => ofDevLoop.test(name));
  if (images.length === 0) return;
  await ask('docker', ['image', 'rm', ...images]).catch((error: unknown) => {
    // Those that a cluster on this engine still runs, from another namespace, stay.
    if (!(error instanceof CommandFailed)) throw error;
  });
}
