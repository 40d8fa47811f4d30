import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { parse } from 'yaml';

import { callsByRole, callsOf, type Call, type Rule } from './rights/audited-calls.ts';

// npm run rights -- audit.log: compares the chart's Roles with the calls that they allowed, as an API server's audit log has
// them. Ends with 1 when they differ: a right that was not used is one that the audited suite does not come to, or that
// nobody needs.

const files = join(import.meta.dirname, '../charts/verve-worker/files');
const roles = { 'verve-worker': 'role.yaml', 'verve-worker-cleanup': 'cleanup-role.yaml' };

/** Writes what a Role allowed, and gives whether that is what it has. */
function tellRole(role: string, file: string, calls: ReadonlyMap<Call, number>): boolean {
  const { rules } = parse(readFileSync(join(files, file), 'utf8')) as { readonly rules: readonly Rule[] };
  const rights = callsOf(rules);
  const all = [...new Set([...rights, ...calls.keys()])].toSorted((one, other) => one.localeCompare(other));

  const differences = all.filter((call) => !rights.has(call) || !calls.has(call));
  console.log(`Role ${role}: ${rights.size} rights, ${differences.length} differences`);
  for (const call of all) {
    const difference = rights.has(call) ? '  not used' : '  not in the Role of the chart';
    const count = String(calls.get(call) ?? 0).padStart(8);
    console.log(`  ${call.padEnd(40)}${count}${differences.includes(call) ? difference : ''}`);
  }
  return differences.length === 0;
}

const [log] = process.argv.slice(2);
if (log === undefined) throw new Error('which audit log? npm run rights -- audit.log');
const calls = await callsByRole(createInterface(createReadStream(log)));
for (const [role, file] of Object.entries(roles)) {
  if (!tellRole(role, file, calls.get(role) ?? new Map())) process.exitCode = 1;
}
