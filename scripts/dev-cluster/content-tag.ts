import { createHash } from 'node:crypto';

/** What Docker tells of an image that decides how it runs: its layers, and how it is started. */
export interface ImageContent {
  readonly RootFS: { readonly Layers: readonly string[] };
  readonly Config: unknown;
}

/**
 * A tag that stands for what is in an image, so that a rollout happens only for what changed. An image's own id is another
 * after each build with some engines, which put the time of the build into it.
 */
export function contentTag({ RootFS, Config }: ImageContent): string {
  const hash = createHash('sha256').update(JSON.stringify([RootFS.Layers, Config]));
  return `dev-${hash.digest('hex').slice(0, 12)}`;
}
