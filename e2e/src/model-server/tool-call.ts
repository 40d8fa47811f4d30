import type { OfferedTool } from './dialect.ts';
import { ScriptInvalid, type Action } from './script.ts';

const shells = [
  'Bash',
  'bash',
  'shell',
  'run_shell_command',
  'exec_command',
  'shell_command',
  'local_shell',
  'exec',
];
const writers = ['Write', 'write', 'write_file', 'create_file', 'apply_patch'];
const pathParameters = ['file_path', 'filePath', 'path', 'absolute_path'];

interface WrittenFile {
  readonly path: string;
  readonly content: string;
}

/** What a program is asked to call. */
export type NamedCall = Pick<OfferedTool, 'name' | 'isCustom'> & { readonly input: unknown };

/** What a program offers, and where it works. */
export interface Offer {
  readonly tools: readonly OfferedTool[];
  /** Some programs' tools refuse relative paths. */
  readonly folder: string | undefined;
}

/** The call of this program's own tool that does an action. Throws ScriptInvalid when it offers none. */
export function toolCall(action: Action, offer: Offer): NamedCall {
  if ('tool' in action) return namedCall(action.tool, action.input, offer);
  if ('bash' in action) return shellCall(action.bash, offer);
  return writeCall(action.write, offer);
}

function namedCall(name: string, input: unknown, { tools }: Offer): NamedCall {
  const isCustom = tools.some((tool) => tool.name === name && tool.isCustom);
  return { name, isCustom, input: input ?? {} };
}

function shellCall(command: string, { tools }: Offer): NamedCall {
  const tool = find(shells, tools);
  if (tool === undefined)
    throw new ScriptInvalid(`no shell among ${tools.map(({ name }) => name).join(', ')}`);
  const { name, isCustom, parameters } = tool;
  if (isCustom) return { name, isCustom, input: name === 'exec' ? codeFor(command) : command };
  const takesWords = name === 'shell' || name === 'local_shell';
  return {
    name,
    isCustom,
    input: {
      [parameters.includes('cmd') ? 'cmd' : 'command']: takesWords ? ['bash', '-lc', command] : command,
      ...(parameters.includes('description') ? { description: 'A step of the script' } : {}),
      ...(parameters.includes('is_background') ? { is_background: false } : {}),
    },
  };
}

/** Codex' `exec` takes a program that calls the shell. */
function codeFor(command: string): string {
  return `const result = await tools.exec_command({ cmd: ${JSON.stringify(command)} }); text(result.output ?? JSON.stringify(result));`;
}

function writeCall(file: WrittenFile, offer: Offer): NamedCall {
  const tool = find(writers, offer.tools);
  if (tool === undefined) return shellCall(writeCommand(file), offer);
  if (tool.isCustom) return { name: tool.name, isCustom: true, input: patchOf(file) };
  const parameter = pathParameters.find((name) => tool.parameters.includes(name)) ?? 'path';
  const isRelative = !file.path.startsWith('/') && offer.folder !== undefined;
  const path = isRelative ? `${offer.folder}/${file.path}` : file.path;
  return { name: tool.name, isCustom: false, input: { [parameter]: path, content: file.content } };
}

/** Codex' `apply_patch` takes a patch that adds the file. */
function patchOf({ path, content }: WrittenFile): string {
  const lines = content.replace(/\n$/, '').split('\n');
  return [
    '*** Begin Patch',
    `*** Add File: ${path}`,
    ...lines.map((line) => `+${line}`),
    '*** End Patch',
  ].join('\n');
}

function writeCommand({ path, content }: WrittenFile): string {
  return `mkdir -p "$(dirname ${quoted(path)})" && printf %s ${quoted(content)} > ${quoted(path)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function find(names: readonly string[], tools: readonly OfferedTool[]): OfferedTool | undefined {
  return names.flatMap((name) => tools.filter((tool) => tool.name === name)).at(0);
}
