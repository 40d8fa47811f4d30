import { findOnPath } from '../trial/program-start.ts';
import { CannotStart } from '../trial/settings.ts';

const purposes = {
  docker: 'builds the images',
  helm: '3.17 or newer, installs the charts',
  kubectl: 'speaks to the cluster',
} as const;

/** A program that is needed besides Node. */
export type Tool = keyof typeof purposes;

/** Throws CannotStart unless all of them are on the PATH. */
export function requireTools(tools: readonly Tool[], path: string): void {
  const missing = tools.filter((tool) => findOnPath(tool, path) === undefined);
  if (missing.length === 0) return;
  const lines = missing.map((tool) => `  ${tool}   ${purposes[tool]}`);
  throw new CannotStart(['Not on the PATH, and needed:', ...lines].join('\n'));
}
