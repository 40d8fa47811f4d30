import { root, startProgram } from '../programs.ts';
import { ask } from './docker.ts';

/** A tag of the tests' own, so that they take no image from a person. */
const tag = 'e2e';

/** Parts of Verve that have an image. */
export const imageParts = ['server', 'worker', 'agent'] as const;
type ImagePart = (typeof imageParts)[number];

/** What all images are built on. */
export const nodeImage = 'node:24-bookworm-slim';

/** How the tests' image of a part, or of a coding agent, is called. */
export function imageOf(part: ImagePart | `agent-${string}`): string {
  return `verve-${part}:${tag}`;
}

/** Builds images as a person does; with what the command said. Those that are there already are built from the cache. */
export async function buildImages(...names: string[]): Promise<string> {
  const args = ['run', 'images', '--', '--tag', tag, ...names];
  const { code, out, err } = await startProgram({ command: 'npm', args, own: {}, folder: root }).ended;
  if (code !== 0) throw new Error(`npm run images ended with ${code}:\n${out}\n${err}`);
  return out;
}

/** What an image says of itself. */
export interface ImageConfig {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Env: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
}

/** Reads what an image says of itself. */
export async function configOf(image: string): Promise<ImageConfig> {
  return JSON.parse(await ask(['image', 'inspect', '--format', '{{json .Config}}', image]));
}

/** How many bytes an image adds to another. */
export async function bytesOn(base: string, image: string): Promise<number> {
  const [own, below] = await Promise.all([bytesOf(image), bytesOf(base)]);
  return own - below;
}

async function bytesOf(image: string): Promise<number> {
  return Number(await ask(['image', 'inspect', '--format', '{{.Size}}', image]));
}
