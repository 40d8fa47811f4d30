import { createHash } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startModelServer, type ModelServer } from './server.ts';

const tools = [{ type: 'function', function: { name: 'bash', parameters: { properties: { command: {} } } } }];

interface Conversation {
  readonly steps: readonly object[];
  readonly results?: number;
  readonly stream?: boolean;
  readonly isBare?: boolean;
}

let server: ModelServer;

beforeAll(async () => {
  server = await startModelServer();
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** A request of OpenAI Chat, the dialect that has the fewest forms of its own. */
function ask({ steps, results = 0, stream = true, isBare = false }: Conversation): Promise<Response> {
  const content = steps.map((step) => `MODEL> ${JSON.stringify(step)}`).join('\n');
  const answered = Array.from({ length: results }, () => ({ role: 'tool', content: '' }));
  const body = { model: 'm', stream, messages: [{ role: 'user', content }, ...answered] };
  return fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify(isBare ? body : { ...body, tools }),
  });
}

describe('a model server', () => {
  it('follows the script by what the request holds', async () => {
    const steps = [{ bash: 'ls' }, { text: 'done' }];

    const first = await (await ask({ steps, stream: false })).json();
    const second = await (await ask({ steps, results: 1, stream: false })).json();

    expect(first).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] });
    expect(second).toMatchObject({ choices: [{ message: { content: 'done' }, finish_reason: 'stop' }] });
  });

  it('answers requests without tools with a short text', async () => {
    const answer = await ask({ steps: [{ http: 500 }], stream: false, isBare: true });

    expect(await answer.json()).toMatchObject({ choices: [{ message: { content: 'A title' } }] });
  });

  it('refuses as often as the script says, and tells when to come back', async () => {
    const steps = [{ http: 429, times: 2, retryAfterSeconds: 7, text: 'twice refused' }];

    const answers = [await ask({ steps }), await ask({ steps }), await ask({ steps })];

    expect(answers.map(({ status }) => status)).toEqual([429, 429, 200]);
    expect(answers.map(({ headers }) => headers.get('retry-after'))).toEqual(['7', '7', null]);
  });

  it('cuts the stream in its midst', async () => {
    const steps = [{ cut: true, text: 'a text of some length', repeat: 20 }];

    const answer = await ask({ steps });

    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow('terminated');
  });

  it('says nothing after its headers when it hangs', async () => {
    const answer = await ask({ steps: [{ hang: true }] });

    expect(answer.status).toBe(200);
    await answer.body?.cancel();
  });

  it('sends a big answer whole', async () => {
    const answer = await ask({ steps: [{ text: 'x', size: 3_000_000 }] });

    expect((await answer.text()).match(/x{40,}/g)?.join('').length).toBe(3_000_000);
  });

  it('says with status 400 that a script cannot be followed', async () => {
    const answer = await ask({ steps: [{ txt: 'a typo' }] });

    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { message: 'scripted: unknown in a step: txt' } });
  });

  it('survives a body that makes no sense', async () => {
    const url = `${server.url}/v1/chat/completions`;

    const strange = await fetch(url, { method: 'POST', body: '{"messages":"none"}' });
    const broken = await fetch(url, { method: 'POST', body: '{' });

    expect([strange.status, broken.status]).toEqual([500, 200]);
  });

  it('ends what hangs when it is disposed', async () => {
    const own = await startModelServer({ script: ['{"hang":true}'] });
    const body = JSON.stringify({
      model: 'm',
      stream: true,
      tools,
      messages: [{ role: 'user', content: 'Hi' }],
    });
    const answer = await fetch(`${own.url}/v1/chat/completions`, { method: 'POST', body });

    await own[Symbol.asyncDispose]();

    await expect(answer.text()).rejects.toThrow('terminated');
  });
});

describe('its log', () => {
  it('tells how a request came, without key or prompt', async () => {
    await using own = await startModelServer();
    const content = 'MODEL> {"text":"hidden"}';

    await fetch(`${own.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer secret' },
      body: JSON.stringify({ model: 'm', tools, messages: [{ role: 'user', content }] }),
    });

    expect(own.requests()).toEqual([
      {
        method: 'POST',
        path: '/v1/chat/completions',
        dialect: 'chat',
        model: 'm',
        turn: 0,
        tools: ['bash'],
        keyHeader: 'bearer',
        keySha256: createHash('sha256').update('secret').digest('hex'),
        promptLength: content.length,
        answer: 200,
      },
    ]);
  });
});

describe('a server with keys', () => {
  const wrong = { message: 'this key is not accepted' };

  it.each([
    ['/v1/messages', 'x-api-key', { type: 'error', error: { type: 'authentication_error', ...wrong } }],
    ['/v1/chat/completions', 'authorization', { error: { code: 'invalid_api_key', ...wrong } }],
    ['/v1/responses', 'authorization', { error: { code: 'invalid_api_key', ...wrong } }],
    [
      '/v1beta/models/m:streamGenerateContent',
      'x-goog-api-key',
      { error: { code: 401, status: 'UNAUTHENTICATED', ...wrong } },
    ],
    ['/v1/models', 'authorization', { error: wrong }],
  ])('refuses others at %s', async (path, header, form) => {
    await using own = await startModelServer({ keys: ['right'] });
    const method = path.endsWith('/models') ? 'GET' : 'POST';
    function knock(key: string): Promise<Response> {
      const value = header === 'authorization' ? `Bearer ${key}` : key;
      return fetch(own.url + path, { method, headers: { [header]: value } });
    }

    const refused = await knock('wrong');
    const accepted = await knock('right');

    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject(form);
    expect(accepted.status).toBe(200);
  });
});
