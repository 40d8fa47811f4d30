import { ApiException } from '@kubernetes/client-node';
import { z } from 'zod';

const statusBody = z.object({ reason: z.string().optional(), message: z.string().optional() });

/** What the API server said; its words are for people. */
export interface ApiRefusal {
  /** The HTTP status. */
  readonly code: number;
  /** As `AlreadyExists`; empty when the answer has none. */
  readonly reason: string;
  readonly message: string;
}

/** What the API server refused with; undefined for every other error: it was not reached, say. */
export function refusalOf(error: unknown): ApiRefusal | undefined {
  if (!(error instanceof ApiException)) return undefined;
  const { reason = '', message = '' } = parseStatus(error.body);
  return { code: error.code, reason, message: message === '' ? `HTTP ${error.code}` : message };
}

/** The object is not there. */
function isMissing(error: unknown): boolean {
  return refusalOf(error)?.code === 404;
}

/** The object is there already. */
export function isTaken(error: unknown): boolean {
  return refusalOf(error)?.reason === 'AlreadyExists';
}

/** Gives undefined for an object that is not there. */
export async function ifThere<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** An error of a call in words: those of the API server, or why it was not reached. */
export function wordsOf(error: unknown): string {
  const refusal = refusalOf(error);
  if (refusal) return refusal.message;
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function parseStatus(body: unknown): z.infer<typeof statusBody> {
  try {
    return statusBody.parse(typeof body === 'string' ? JSON.parse(body) : body);
  } catch {
    return {};
  }
}
