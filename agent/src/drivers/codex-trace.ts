import type { ProgramEvent } from '../driver-event.ts';

/** The beginning of a line of the trace, which has no words of the agent or of its tools. */
const traceLine = /^\d{4}-\d\d-\d\dT[\d:.]+Z\s+[A-Z]+ codex_otel\.trace_safe: /;
const answered =
  /event\.kind=response\.completed input_token_count=(\d{1,12}) output_token_count=(\d{1,12}) cached_token_count=(\d{1,12})/;

/** What a line of Codex's trace on the error output tells: the usage of an answer. Undefined: it is no trace. */
export function usageOfTrace(line: string): readonly ProgramEvent[] | undefined {
  const [begin] = traceLine.exec(line) ?? [];
  if (begin === undefined) return undefined;
  const [, input, output, cached] = answered.exec(line) ?? [];
  if (input === undefined) return [];
  const usage = {
    inputTokens: Number(input),
    outputTokens: Number(output),
    cachedInputTokens: Number(cached),
  };
  // The time, to the microsecond, is what tells one answer from another.
  return [{ kind: 'step', id: begin, usage }];
}
