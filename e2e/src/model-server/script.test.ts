import { describe, expect, it } from 'vitest';

import type { HistoryItem } from './dialect.ts';
import { findStep, ScriptInvalid, stepsIn, stepsOf } from './script.ts';

const result: HistoryItem = { kind: 'toolResult' };

function prompt(...lines: string[]): HistoryItem {
  return { kind: 'prompt', text: ['Please:', ...lines.map((line) => `MODEL> ${line}`)].join('\n') };
}

describe('the lines of a script', () => {
  it('are found between others, whatever is before them on the line', () => {
    const steps = stepsIn('First\n  MODEL> {"bash":"ls"}\nthen MODEL> is no step\nMODEL> {"text":"done"}\n');

    expect(steps).toMatchObject([{ actions: [{ bash: 'ls' }] }, { words: 'done', actions: [] }]);
  });

  it('give a fault to the line below it', () => {
    const steps = stepsOf(['{"http":429,"times":2,"retryAfterSeconds":7}', '{"text":"done"}']);

    expect(steps).toMatchObject([
      { words: 'done', fault: { kind: 'refused', status: 429, retryAfterSeconds: 7 }, faultTimes: 2 },
    ]);
  });

  it('make a fault without an answer a step of its own', () => {
    expect(stepsOf(['{"hang":true}'])).toMatchObject([{ fault: { kind: 'silent' }, actions: [] }]);
  });

  it('repeat a text, or until it has a size', () => {
    const [repeated, sized] = stepsOf(['{"text":"ab","repeat":3}', '{"text":"abc","size":10}']);

    expect(repeated?.words).toBe('ababab');
    expect(sized?.words).toBe('abcabcabcabc');
  });

  it.each(['{"text":', '"text"', '{"txt":"typo"}'])('are refused when they say %s', (line) => {
    expect(() => stepsOf([line])).toThrow(ScriptInvalid);
  });
});

describe('where a conversation stands', () => {
  it('follows from the results of tools alone', () => {
    const begun = prompt('{"bash":"a"}', '{"bash":"b"}', '{"text":"done"}');

    expect(findStep([begun], []).turn).toBe(0);
    expect(findStep([begun, result], []).turn).toBe(1);
    expect(findStep([begun, result, result], []).turn).toBe(2);
    expect(findStep([begun, result, result, result], []).turn).toBe(2);
  });

  it('counts all results of a step with several calls as one', () => {
    const begun = prompt('{"calls":[{"bash":"a"},{"bash":"b"}]}', '{"text":"done"}');

    expect(findStep([begun, result], []).turn).toBe(0);
    expect(findStep([begun, result, result], []).turn).toBe(1);
  });

  it('begins anew with a later prompt that has a script', () => {
    const history = [prompt('{"bash":"a"}', '{"text":"done"}'), result, prompt('{"text":"again"}')];

    expect(findStep(history, [])).toMatchObject({ turn: 0, step: { words: 'again' } });
  });

  it('is not changed by prompts without one', () => {
    const reminder: HistoryItem = { kind: 'prompt', text: 'Remember the rules.' };

    const position = findStep([prompt('{"bash":"a"}', '{"text":"done"}'), reminder, result, reminder], []);

    expect(position).toMatchObject({ turn: 1, step: { words: 'done' } });
  });

  it('follows the common script where no prompt has one', () => {
    const common = stepsOf(['{"bash":"a"}', '{"text":"common"}']);

    expect(findStep([result], common)).toMatchObject({ turn: 1, step: { words: 'common' } });
  });
});
