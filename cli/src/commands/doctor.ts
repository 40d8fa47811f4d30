import type { Command } from 'commander';

import type { Runner } from '../command-runner.ts';
import type { Context } from '../context.ts';
import { diagnose, type Finding } from '../diagnosis.ts';
import { exitCodes, type ExitCode } from '../exit-codes.ts';
import { plain, type Tint } from '../terminal.ts';

const marks = {
  ok: ['✓', 'green'],
  warning: ['!', 'yellow'],
  failed: ['✗', 'red'],
} as const satisfies Record<Finding['state'], readonly [string, Tint]>;

/** Adds `doctor`. */
export function addDoctorCommand(program: Command, run: Runner, cliVersion: string): void {
  program
    .command('doctor')
    .description('check server, key, project and workers, and say how to mend what fails')
    .action(run((context) => doctor(context, cliVersion)));
}

async function doctor(context: Context, cliVersion: string): Promise<ExitCode> {
  const findings = await diagnose(context, cliVersion);
  const hasFailed = findings.some((finding) => finding.state === 'failed');
  await context.show({ ok: !hasFailed, findings }, () =>
    findings.flatMap((finding) => lines(context, finding)),
  );
  return hasFailed ? exitCodes.failed : exitCodes.ok;
}

function lines(context: Context, finding: Finding): string[] {
  const [mark, tint] = marks[finding.state];
  const first = `${context.paint(tint, mark)} ${finding.check.padEnd(9)} ${plain(finding.message)}`;
  return finding.fix === undefined ? [first] : [first, `            → ${plain(finding.fix)}`];
}
