import { stdSerializers } from 'pino';
import { z } from 'zod';

/** As the client of Kubernetes throws it: its message repeats body and headers. */
const apiError = z.object({ code: z.number(), body: z.unknown(), headers: z.object({}) });
const apiStatus = z.object({ message: z.string() });

/** How an error stands in the log: an answer of the API server in its own words alone. */
export function loggedError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { success, data } = apiError.safeParse(error);
  if (!success) return stdSerializers.err(error);
  const message = `the API server refused with ${data.code}: ${wordsOf(data.body)}`;
  const at = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  return { type: error.constructor.name, message, stack: [message, ...at].join('\n') };
}

function wordsOf(body: unknown): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  try {
    return apiStatus.parse(JSON.parse(text)).message;
  } catch {
    return text;
  }
}
