import { describe, expect, it } from 'vitest';

import type { OfferedTool } from './dialect.ts';
import { ScriptInvalid } from './script.ts';
import { toolCall } from './tool-call.ts';

function offer(name: string, ...parameters: string[]): OfferedTool {
  return { name, isCustom: false, parameters };
}

const write = { write: { path: "it's/a.txt", content: "it's\n" } };

describe('a shell command', () => {
  it.each([
    [offer('Bash', 'command', 'description'), { command: 'ls', description: 'A step of the script' }],
    [offer('exec_command', 'cmd'), { cmd: 'ls' }],
    [offer('shell', 'command'), { command: ['bash', '-lc', 'ls'] }],
    [offer('run_shell_command', 'command', 'is_background'), { command: 'ls', is_background: false }],
  ])('is put as $0.name wants it', (tool, input) => {
    const call = toolCall({ bash: 'ls' }, { tools: [tool], folder: undefined });

    expect(call).toEqual({ name: tool.name, isCustom: false, input });
  });

  it('is a program for a tool that takes one', () => {
    const tool = { name: 'exec', isCustom: true, parameters: [] };

    const call = toolCall({ bash: 'ls "a"' }, { tools: [tool], folder: undefined });

    expect(call.input).toContain(String.raw`exec_command({ cmd: "ls \"a\"" })`);
  });

  it('is refused where no shell is offered', () => {
    expect(() => toolCall({ bash: 'ls' }, { tools: [offer('read')], folder: undefined })).toThrow(
      ScriptInvalid,
    );
  });
});

describe('writing a file', () => {
  it("uses the program's own tool, below the folder that it works in", () => {
    const tools = [offer('Bash', 'command'), offer('Write', 'file_path', 'content')];

    const call = toolCall(write, { tools, folder: '/tree' });

    expect(call).toEqual({
      name: 'Write',
      isCustom: false,
      input: { file_path: "/tree/it's/a.txt", content: "it's\n" },
    });
  });

  it('is a patch for a tool that takes one', () => {
    const tool = { name: 'apply_patch', isCustom: true, parameters: [] };

    const call = toolCall(
      { write: { path: 'a.txt', content: 'x\ny\n' } },
      { tools: [tool], folder: '/tree' },
    );

    expect(call.input).toBe('*** Begin Patch\n*** Add File: a.txt\n+x\n+y\n*** End Patch');
  });

  it('falls back to the shell, with quotes that hold', () => {
    const call = toolCall(write, { tools: [offer('exec_command', 'cmd')], folder: '/tree' });

    expect(call.input).toEqual({
      cmd:
        String.raw`mkdir -p "$(dirname 'it'\''s/a.txt')" && printf %s 'it'\''s` +
        `\n' > ` +
        String.raw`'it'\''s/a.txt'`,
    });
  });
});
