import { errorBody } from '@verve/contract';

/** Looks at every answer on its way to the caller. */
export interface AnswerWatch {
  readonly fetch: typeof fetch;
  /** Answers of 2xx so far. */
  readonly accepted: number;
  /** Answers of 503 so far, as the API documents them. */
  readonly refused: number;
  /** Whatever was neither, and calls that got no answer at all. */
  readonly faults: readonly string[];
}

/** Makes a watch that has seen nothing yet. */
export function watchAnswers(): AnswerWatch {
  const counts = { accepted: 0, refused: 0 };
  const faults: string[] = [];
  return {
    get accepted() {
      return counts.accepted;
    },
    get refused() {
      return counts.refused;
    },
    faults,
    fetch: async (input, init) => {
      try {
        const answer = await fetch(input, init);
        if (answer.ok) counts.accepted += 1;
        else if (await isRefusal(answer.clone())) counts.refused += 1;
        else faults.push(`${init?.method} ${answer.url}: ${answer.status} ${await answer.clone().text()}`);
        return answer;
      } catch (error) {
        if (init?.signal?.aborted !== true) faults.push(`${init?.method}: ${String(error)}`);
        throw error;
      }
    },
  };
}

/** Says in the form of every error that the call may come again, when, and nothing of what is behind the server. */
export async function isRefusal(answer: Response): Promise<boolean> {
  const text = await answer.text();
  const body = errorBody.safeParse(JSON.parse(text));
  return (
    answer.status === 503 &&
    /^[1-9]\d*$/.test(answer.headers.get('retry-after') ?? '') &&
    body.data?.error.code === 'Unavailable' &&
    !/sqlite|postgres|ECONN|\d+P\d+/i.test(text)
  );
}
