import { isDriverName, type DriverName } from '@verve/contract/drivers';

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

const drivers = {
  command: commandDriver,
  demo: demoDriver,
  claude: claudeDriver,
  codex: codexDriver,
  opencode: opencodeDriver,
  gemini: geminiDriver,
  qwen: qwenDriver,
  pi: piDriver,
} as const satisfies Record<DriverName, Driver>;

/** The driver of that name; throws PhaseFailed (`ConfigInvalid`) when there is none. */
export function driverOf(name: string): Driver {
  if (isDriverName(name)) return drivers[name];
  const known = Object.keys(drivers).join(', ');
  throw new PhaseFailed('ConfigInvalid', `there is no driver "${name}"; this agent image knows: ${known}`);
}
