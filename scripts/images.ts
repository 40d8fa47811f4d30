import { join } from 'node:path';

import { ArgumentsWrong, parseArguments, usage } from './images/arguments.ts';
import { imagesFor } from './images/catalogue.ts';
import { build, BuildFailed, bytesOf, DockerMissing, findDocker, havePresent } from './images/docker.ts';
import { readRevision } from './images/revision.ts';
import { sizeTable, type ImageSize } from './images/size-table.ts';

// npm run images: builds the container images of Verve and prints their sizes.

const root = join(import.meta.dirname, '..');

async function main(): Promise<void> {
  const asked = parseArguments(process.argv.slice(2));
  if (asked === undefined) {
    console.log(usage);
    return;
  }
  await findDocker();
  const revision = readRevision(root);
  const sizes: ImageSize[] = [];
  for (const image of imagesFor(asked.wanted, asked.naming)) {
    await havePresent(image.base);
    await build(image, revision, root);
    const [bytes, baseBytes] = [await bytesOf(image.name), await bytesOf(image.base)];
    sizes.push({ name: image.name, bytes, base: image.base, baseBytes });
  }
  console.log(`\nversion ${revision.version}, revision ${revision.commit}\n\n${sizeTable(sizes)}`);
}

try {
  await main();
} catch (error) {
  const isTold = [ArgumentsWrong, BuildFailed, DockerMissing].some((known) => error instanceof known);
  console.error(isTold && error instanceof Error ? `images: ${error.message}` : error);
  if (error instanceof ArgumentsWrong) console.error(`\n${usage}`);
  process.exitCode = error instanceof ArgumentsWrong ? 2 : 1;
}
