import { createHash } from 'node:crypto';

import type { Answer, Dialect, ModelRequest, ToolCall } from './dialect.ts';
import type { Reply } from './reply.ts';
import { findStep, ScriptInvalid, type Fault, type Position, type Step } from './script.ts';
import { toolCall } from './tool-call.ts';

/** A request of one dialect, and what the answer needs beside it. */
export interface Asked {
  readonly dialect: Dialect;
  readonly request: ModelRequest;
  /** The body's text. */
  readonly text: string;
  /** Fresh for each answer. */
  readonly id: string;
  readonly nowMs: number;
}

/** What is answered to a request, after how long. */
export interface Decision {
  readonly reply: Reply;
  readonly sleepMs: number;
  /** Absent: the request is no part of the conversation. */
  readonly turn?: number;
}

const title: Step = { words: 'A title', actions: [], sleepMs: 0, dripMs: 0, usage: { in: 10, out: 2 } };

/** Answers requests by the script. */
export interface Conversations {
  /** Decides by the request alone, but for faults that happen a bounded number of times. */
  decide(asked: Asked): Decision;
}

/** Begins with faults that have not happened yet. `fallback`: the steps of prompts that have none of their own. */
export function createConversations(fallback: readonly Step[]): Conversations {
  const faults = new Map<string, number>();

  function isFaulty({ request }: Asked, { step, turn }: Position): boolean {
    if (step.faultTimes === undefined) return true;
    const place = createHash('sha256')
      .update(JSON.stringify([turn, request.history]))
      .digest('hex');
    const times = (faults.get(place) ?? 0) + 1;
    faults.set(place, times);
    return times <= step.faultTimes;
  }

  return {
    decide(asked) {
      if (asked.request.tools.length === 0) return { reply: answered(asked, title), sleepMs: 0 };
      try {
        const position = findStep(asked.request.history, fallback);
        const { step, turn } = position;
        const fault = isFaulty(asked, position) ? step.fault : undefined;
        const reply = fault === undefined ? answered(asked, step) : failed(asked, step, fault);
        return { reply, sleepMs: step.sleepMs, turn };
      } catch (error) {
        if (!(error instanceof ScriptInvalid)) throw error;
        return { reply: refused(asked, { status: 400, message: `scripted: ${error.message}` }), sleepMs: 0 };
      }
    },
  };
}

function failed(asked: Asked, step: Step, fault: Fault): Reply {
  if (fault.kind === 'silent') return { kind: 'silent' };
  if (fault.kind === 'refused') return refused(asked, { ...fault, message: `scripted ${fault.status}` });
  const reply = answered(asked, step);
  return reply.kind === 'stream' ? { ...reply, isCut: true } : { kind: 'cut' };
}

/** A refusal in the dialect's own form. */
export function refused(
  { dialect }: Pick<Asked, 'dialect'>,
  refusal: Parameters<Dialect['refusal']>[0],
): Reply {
  const { status, retryAfterSeconds } = refusal;
  const later = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return { kind: 'json', status, body: dialect.refusal(refusal), ...later };
}

function answered(asked: Asked, step: Step): Reply {
  const { dialect, request, id, nowMs } = asked;
  const answer: Answer = {
    id,
    model: request.model,
    createdSeconds: Math.floor(nowMs / 1000),
    words: step.words,
    calls: toolCalls(asked, step),
    usage: step.usage,
  };
  if (!request.wantsStream) return { kind: 'json', status: 200, body: dialect.whole(answer) };
  return { kind: 'stream', events: dialect.events(answer), dripMs: step.dripMs, isCut: false };
}

function toolCalls({ request, text, id }: Asked, { actions }: Step): ToolCall[] {
  const offer = { tools: request.tools, folder: workingFolder(text) };
  return actions.map((action, index) => ({ ...toolCall(action, offer), id: `${id}${index}` }));
}

/** The folder that a program tells the model it works in. */
function workingFolder(text: string): string | undefined {
  return /working (?:in the )?directory(?: is)?:? *(?:\*\*)?`?(\/[^\s"'`\\<]+)/i.exec(text)?.[1];
}
