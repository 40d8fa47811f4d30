/** What is said of a worker; `why` when it is not well. */
export type Verdict = { readonly isWell: true } | { readonly isWell: false; readonly why: string };

/** What the worker is doing. Only one that works claims tasks and beats. */
type Stage = 'waiting for its turn' | 'standing by' | 'registering' | 'working' | 'stopping';

/** Judges whether the worker lives and does its work, by the calls that it makes. */
export interface Health {
  enter(stage: Stage): void;
  /** Why it cannot begin, in words for an operator; undefined: it can. */
  hinder(why: string | undefined): void;
  /** A call to the server has ended; `trouble` says why it was of no use, undefined: it was answered well. */
  callEnded(call: string, trouble: string | undefined): void;
  /** A restart would mend nothing. Not so: the worker works, and its heart has stood still. */
  live(): Verdict;
  /** It is registered, and the server answers it; or it stands by for another one that works, to follow it at once. */
  ready(): Verdict;
}

/** A heartbeat has ended by then, whatever the server does: 45 s for one call, 10 s between two. */
const stillMs = 120_000;
/** Some heartbeats, one of which is due each 10 s. */
const silentMs = 60_000;

/** `now` is a clock in ms that never goes back. */
export function createHealth(now: () => number): Health {
  let stage: Stage = 'waiting for its turn';
  let beatAtMs = now();
  let answeredAtMs: number | undefined;
  let hindrance: string | undefined;
  let lastTrouble: string | undefined;

  function unanswered(why: string): Verdict {
    return { isWell: false, why: lastTrouble === undefined ? why : `${why}: ${lastTrouble}` };
  }

  return {
    enter(next) {
      if (next === 'working') beatAtMs = now();
      stage = next;
    },
    hinder(why) {
      hindrance = why;
    },
    callEnded(call, trouble) {
      if (call === 'heartbeat') beatAtMs = now();
      if (trouble === undefined) answeredAtMs = now();
      lastTrouble = trouble;
    },
    live() {
      const ageMs = now() - beatAtMs;
      if (stage !== 'working' || ageMs <= stillMs) return { isWell: true };
      return { isWell: false, why: `no heartbeat has ended for ${seconds(ageMs)}` };
    },
    ready() {
      if (hindrance !== undefined) return { isWell: false, why: hindrance };
      if (stage === 'standing by') return { isWell: true };
      if (stage === 'registering') return unanswered('the worker is registering');
      if (stage !== 'working') return { isWell: false, why: `the worker is ${stage}` };
      if (answeredAtMs === undefined) return unanswered('the server has not answered yet');
      const ageMs = now() - answeredAtMs;
      if (ageMs <= silentMs) return { isWell: true };
      return unanswered(`the server has not answered for ${seconds(ageMs)}`);
    },
  };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
