import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { openApiDocument } from '@verve/contract/openapi';

/** Writes `docs/openapi.json` from the contract. A test finds it out of date. */
const file = path.join(import.meta.dirname, '../docs/openapi.json');
writeFileSync(file, `${JSON.stringify(openApiDocument(), null, 2)}\n`);
console.log(`wrote ${path.relative(process.cwd(), file)}`);
