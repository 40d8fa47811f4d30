import { containerEndBytes, type ContainerEnd } from '@verve/contract/container';

/** The phase did what it was for, or there was nothing to do. */
export function isGood({ outcome, exit, skipped }: ContainerEnd): boolean {
  if (skipped) return true;
  return outcome?.status === 'completed' && exit !== undefined && 'code' in exit && exit.code === 0;
}

/**
 * The end as JSON that fits. What it leaves out for that is first the rest of the outcome's message, and then what only a
 * forged outcome has so long: the address and the branch.
 */
export function formatEnd(end: ContainerEnd): string {
  const { outcome, ...bare } = end;
  if (!outcome) return JSON.stringify(end);
  const { pullRequestUrl: _url, ...withoutUrl } = outcome;
  const { branch: _branch, ...short } = withoutUrl;
  for (const shorter of [outcome, withoutUrl, short]) {
    const text = withMessageThatFits({ ...bare, outcome: shorter });
    if (text !== undefined) return text;
  }
  return JSON.stringify(bare);
}

function withMessageThatFits(end: ContainerEnd): string | undefined {
  const whole = JSON.stringify(end);
  if (fits(whole)) return whole;
  const characters = Array.from(end.outcome?.message ?? '');
  let [fitting, tooMany] = [0, characters.length];
  while (tooMany - fitting > 1) {
    const middle = Math.floor((fitting + tooMany) / 2);
    if (fits(cutTo(end, characters.slice(0, middle)))) fitting = middle;
    else tooMany = middle;
  }
  const cut = cutTo(end, characters.slice(0, fitting));
  return fits(cut) ? cut : undefined;
}

function cutTo(end: ContainerEnd, characters: readonly string[]): string {
  if (!end.outcome) return JSON.stringify(end);
  return JSON.stringify({ ...end, outcome: { ...end.outcome, message: `${characters.join('')}…` } });
}

function fits(text: string): boolean {
  return Buffer.byteLength(text) <= containerEndBytes;
}
