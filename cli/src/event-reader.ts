import { createEventParser, ServerUnreachable, type ServerEvent } from '@verve/contract';

/** Without a byte for this long (the server sends comments between events) a stream counts as broken. */
const idleMs = 60_000;

/**
 * The server-sent events of an open answer, until the server ends it. Throws ServerUnreachable when the stream
 * breaks off, and the signal's reason when aborted. Ending the loop early closes the stream.
 */
export async function* readEvents(response: Response, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const parser = createEventParser();
  try {
    let text = await readText(reader, signal);
    while (text !== undefined) {
      yield* parser.push(text);
      text = await readText(reader, signal);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function readText(
  reader: ReadableStreamDefaultReader<string>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const idle = Promise.withResolvers<never>();
  const timer = setTimeout(() => idle.reject(new Error(`nothing came for ${idleMs / 1000} s`)), idleMs);
  try {
    const { done, value } = await Promise.race([reader.read(), idle.promise]);
    return done ? undefined : value;
  } catch (error) {
    signal.throwIfAborted();
    throw new ServerUnreachable('the stream broke off', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
