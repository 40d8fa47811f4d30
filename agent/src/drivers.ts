import type { Driver } from './driver.ts';
import { claudeDriver } from './drivers/claude.ts';
import { codexDriver } from './drivers/codex.ts';
import { commandDriver } from './drivers/command.ts';
import { demoDriver } from './drivers/demo.ts';
import { geminiDriver } from './drivers/gemini.ts';
import { opencodeDriver } from './drivers/opencode.ts';
import { piDriver } from './drivers/pi.ts';
import { qwenDriver } from './drivers/qwen.ts';
import { PhaseFailed } from './outcome.ts';

const drivers: ReadonlyMap<string, Driver> = new Map([
  ['command', commandDriver],
  ['demo', demoDriver],
  ['claude', claudeDriver],
  ['codex', codexDriver],
  ['opencode', opencodeDriver],
  ['gemini', geminiDriver],
  ['qwen', qwenDriver],
  ['pi', piDriver],
]);

/** The driver of that name; throws PhaseFailed (`ConfigInvalid`) when there is none. */
export function driverOf(name: string): Driver {
  const driver = drivers.get(name);
  if (driver) return driver;
  const known = [...drivers.keys()].join(', ');
  throw new PhaseFailed('ConfigInvalid', `there is no driver "${name}"; this agent image knows: ${known}`);
}
