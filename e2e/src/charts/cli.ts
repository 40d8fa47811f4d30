import { startCli } from '../programs.ts';

/** What a command of the CLI prints; throws when it fails. */
export async function verve(args: readonly string[], own: Readonly<Record<string, string>>): Promise<string> {
  const { code, out, err } = await startCli(args, own).ended;
  if (code !== 0) throw new Error(`verve ${args.join(' ')}: ${err}${out}`);
  return out.trim();
}
