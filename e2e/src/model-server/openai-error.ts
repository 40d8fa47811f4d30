import type { Refusal } from './dialect.ts';

const kinds: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  400: ['invalid_request_error', null],
  401: ['invalid_request_error', 'invalid_api_key'],
  403: ['permission_error', null],
  404: ['invalid_request_error', 'not_found'],
  429: ['requests', 'rate_limit_exceeded'],
};

/** The form that both of OpenAI's dialects give an error. */
export function openaiError({ status, message }: Refusal): object {
  const [type, code] = kinds[status] ?? ['server_error', null];
  return { error: { message, type, param: null, code } };
}
