/** Keys and prompts never leave their place: not in errors, not on streams, not at other hosts. */
import diagnostics from 'node:diagnostics_channel';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProvider } from '../../src/index.ts';
import { createTransport } from '../../src/transport/index.ts';
import { loopbackCertificate, loopbackKey } from '../transport/platform/loopback-cert.ts';
import { closeServers, freePort, type Hit, startServer } from './hostile-server.ts';
import { directProvider, jobProvider, linkOn, startJobServer } from './job-vendor.ts';
import { failure, KEY, loadAdapters, openai, openaiReply, PROMPT, png, runChild } from './support.ts';

beforeAll(loadAdapters);
afterAll(closeServers);
afterEach(() => {
  vi.restoreAllMocks();
});

const request = { prompt: PROMPT };
const spellings = [
  KEY,
  encodeURIComponent(KEY),
  Buffer.from(KEY).toString('base64').replace(/=+$/, ''),
  KEY.slice(0, 20),
];

/** Returns everything that can be read from an error: printed, serialised, and by following its properties. */
function everythingIn(error: Error): string {
  const seen = new Set<unknown>();
  const walk = (value: unknown): string => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return String(value);
    seen.add(value);
    const names = Reflect.ownKeys(value).filter((name) => name !== 'job' && name !== 'ticket');
    return names.map((name) => `${String(name)}=${walk(Reflect.get(value, name))}`).join('\n');
  };
  const printed = inspect(error, { depth: Number.POSITIVE_INFINITY });
  return [error.message, error.stack, JSON.stringify(error), printed, walk(error)].join('\n');
}

function expectNoSecret(text: string): void {
  for (const spelling of spellings) expect(text).not.toContain(spelling);
  expect(text).not.toContain(PROMPT);
}

describe('an error', () => {
  it.each([
    ['K01', 'is about a 400', 400, () => ({ error: { message: 'no such size' } })],
    ['K02', 'repeats the key', 401, () => ({ error: { message: `Incorrect API key: ${KEY}` } })],
    ['K02', 'repeats the headers', 401, (head: string) => `<pre>${head}</pre>`],
    ['K02', 'ends inside the key', 401, () => `${'x'.repeat(570)} ${KEY} and more`],
    ['K02', 'contains the key in base64', 400, () => ({ error: { message: `Basic ${btoa(`user:${KEY}`)}` } })],
    ['K02', 'repeats the whole request', 500, (_head: string, body: string) => body],
    [
      'K04',
      'contains a signed link',
      400,
      () => ({ error: { message: 'see https://a.example/f?sig=s3cr3t-signature' } }),
    ],
  ])('%s that %s contains neither key nor prompt', async (_id, _what, status, answer) => {
    const server = await startServer((hit) =>
      hit.reply(status, answer(hit.text, hit.body), { 'x-request-id': `req-${KEY}` }),
    );

    const text = everythingIn(await failure(openai(server).generate(request)));

    expectNoSecret(text);
    expect(text).not.toContain('s3cr3t');
  });

  it.each(['reset', 'refused', 'no such name'])(
    'K03: about a connection (%s) contains neither key nor prompt',
    async (how) => {
      const server = await startServer((hit) => hit.reset());
      const origin =
        how === 'reset'
          ? server.origin
          : how === 'refused'
            ? `http://127.0.0.1:${await freePort()}`
            : 'http://nobody.localhost:9';

      expectNoSecret(everythingIn(await failure(openai({ origin }, { deadlineMs: 400 }).generate(request))));
    },
  );

  it('K04: an error of a job contains the key nowhere, and does not print its links', async () => {
    const server = await startJobServer({
      submit: (hit) => hit.reply(200, { id: 'a', poll: `http://${hit.headers.host}/jobs/a?token=canary-token` }),
      poll: (hit) => hit.reply(200, { status: 'failed', reason: `no ${KEY}` }),
    });

    const error = await failure(jobProvider(server).generate(request));

    expectNoSecret(everythingIn(error));
    expect(inspect(error, { depth: 9 })).not.toContain('canary-token');
    expect(error.job?.pollUrl).toContain('canary-token');
  });

  it('K04: about an unreadable reply does not quote the key', async () => {
    const server = await startServer((hit) => hit.reply(200, `hello ${KEY} ${PROMPT}`));

    expectNoSecret(everythingIn(await failure(openai(server).generate(request))));
  });
});

/** Longer than what an error may quote, with characters that each encoding treats differently. */
const WORDS = 'Jane Doe, "barefoot" & alone <in the rain>, in a kitchen of 1950 with a 50% grey wall; no shoes/no hat';
const NEGATIVE = 'her brother Peter, "the tall one" & his dog, and anything that looks like a hospital ward';
const COMPOSITE = '3f2a9c1e-7b44-4d0c-9e21-aa10bb20cc30:b7d1f0e2c3a4958677665544332211ff';

describe('a vendor that repeats the request', () => {
  const ways: readonly (readonly [how: string, spell: (text: string) => string])[] = [
    ['as it is', (text) => text],
    ['in capitals', (text) => text.toUpperCase()],
    ['in JSON', (text) => JSON.stringify({ text })],
    ['in a URL', encodeURIComponent],
    ['in base64', (text) => Buffer.from(`..${text}`).toString('base64')],
    ['in HTML', (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')],
    ['without its beginning', (text) => text.slice(7)],
    ['without its end', (text) => text.slice(0, -9)],
  ];
  /** Places in a reply that a vendor may put text in. */
  const places: readonly (readonly [where: string, answer: (hit: Hit, echo: string) => void])[] = [
    ['an error', (hit, echo) => hit.reply(400, { error: echo })],
    ['an error that is no JSON', (hit, echo) => hit.reply(422, `<pre>${echo}</pre>`)],
    ['an error of its own', (hit, echo) => hit.reply(500, echo)],
    [
      'the name of the exchange',
      (hit, echo) => hit.reply(400, {}, { 'x-request-id': echo.replace(/[^\x20-\x7e]/g, '') }),
    ],
    ['the reason of a job that failed', (hit, echo) => answerJob(hit, { status: 'failed', reason: echo })],
    ['the address of a job', (hit, echo) => answerJob(hit, 'no json', `/${encodeURIComponent(echo)}`)],
  ];

  function answerJob(hit: Hit, state: unknown, path = '/jobs/a') {
    if (hit.method === 'POST') hit.reply(200, { id: 'a', poll: `http://${hit.headers.host}${path}` });
    else hit.reply(typeof state === 'string' ? 404 : 200, state);
  }

  for (const [where, answer] of places) {
    it.each(ways)(
      `a vendor that repeats the request in ${where}, %s, gets neither prompt nor key into the error`,
      async (_how, spell) => {
        for (const [echoed, parts] of [
          [WORDS, ['barefoot', 'kitchen of 1950', 'grey wall']],
          [NEGATIVE, ['brother Peter', 'hospital ward', 'the tall one']],
          [COMPOSITE, ['7b44-4d0c', 'c3a4958', '3f2a9c1']],
        ] as const) {
          const server = await startServer((hit) => answer(hit, spell(echoed)));
          const provider = jobProvider(server, { apiKey: COMPOSITE, limits: { minPollIntervalMs: 1 } });

          const error = await failure(
            provider.generate({ prompt: WORDS, negativePrompt: NEGATIVE, onUnsupported: 'adapt' }),
          );

          const text = everythingIn(error);
          for (const part of parts) {
            for (const each of [part, spell(part), encodeURIComponent(part)]) {
              if (each.length > 6) expect(text.toLowerCase()).not.toContain(each.toLowerCase());
            }
          }
          expect(error.message.length).toBeLessThan(420);
        }
      },
    );
  }
});

describe('a redirect of a submit', () => {
  it('K05 K06: a redirect of a submit sends neither key nor prompt to another host, and the reply of that host is not used', async () => {
    const foreign = await startServer((hit) => hit.reply(200, openaiReply()));
    const server = await startServer((hit) =>
      hit.reply(307, '', { location: `${foreign.origin}/v1/images/generations` }),
    );

    expect(await failure(openai(server).generate(request))).toMatchObject({ code: 'bad_response' });
    expect(foreign.connections()).toBe(0);
  });
});

it('K07: a redirect from https to http sends nothing unencrypted', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ai-image-faults-'));
  const authority = join(folder, 'authority.pem');
  await writeFile(authority, loopbackCertificate);
  const clear = await startServer((hit) => hit.reply(200, openaiReply()));
  const tls = { key: loopbackKey, cert: loopbackCertificate };
  const server = await startServer((hit) => hit.reply(307, '', { location: `${clear.origin}${hit.path}` }), { tls });

  const { output } = await runChild('fail-and-exit.ts', {
    BASE_URL: `${server.origin}/v1`,
    API_KEY: KEY,
    NODE_EXTRA_CA_CERTS: authority,
  });
  await rm(folder, { recursive: true });

  expect(output).toBe('bad_response');
  expect(server.hits.length).toBeGreaterThan(0);
  expect(clear.connections()).toBe(0);
});

describe('a host that is not configured', () => {
  it('K08: a host that is not configured receives no key, cookie or prompt with a download', async () => {
    const server = await startServer((hit) => {
      if (hit.method === 'POST')
        hit.reply(200, { images: [{ link: linkOn(hit) }] }, { 'set-cookie': 'session=canary' });
      else hit.reply(200, png());
    });

    await directProvider(server, { headers: { 'x-tenant': 'canary-tenant' } }).generate(request);

    const fetched = server.hits.find(({ path }) => path.startsWith('/files'));
    expect(Object.keys(fetched?.headers ?? {}).sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host']);
  });

  it('K09: a host that is not configured is not polled for a job', async () => {
    const foreign = await startServer((hit) => hit.reply(200, { status: 'done' }));
    const server = await startJobServer({ submit: (hit) => hit.reply(200, { id: 'a', poll: `${foreign.origin}/a` }) });

    const error = await failure(jobProvider(server).generate(request));

    expect(error).toMatchObject({ code: 'unsafe_url', job: { id: 'a' } });
    expect(foreign.connections()).toBe(0);
  });

  it.each(['//evil.example/a', 'https://user:pass@127.0.0.1/a', 'file:///etc/passwd', 'blob:http://127.0.0.1/a'])(
    'K09: a host that is not configured is not polled for a job at %s',
    async (poll) => {
      const server = await startJobServer({ submit: (hit) => hit.reply(200, { id: 'a', poll }) });

      expect(await failure(jobProvider(server).generate(request))).toMatchObject({ code: 'unsafe_url' });
      expect(server.polls).toHaveLength(0);
    },
  );

  it('K18: a host that is not configured is not connected to', async () => {
    const dialled = new Set<string>();
    const watch = (message: unknown) => {
      const { socket } = message as { socket: Socket };
      socket.on('connect', () => dialled.add(`${socket.remoteAddress}:${socket.remotePort}`));
    };
    diagnostics.subscribe('net.client.socket', watch);
    const server = await startServer((hit) =>
      hit.method === 'POST' ? hit.reply(200, { images: [{ link: linkOn(hit) }] }) : hit.reply(200, png()),
    );

    await directProvider(server)
      .generate(request)
      .finally(() => diagnostics.unsubscribe('net.client.socket', watch));

    expect(Array.from(dialled)).toEqual([`127.0.0.1:${server.port}`]);
  });
});

describe('output and hooks', () => {
  it('K10 K17: the library prints nothing, on success or failure', async () => {
    const out = vi.spyOn(process.stdout, 'write');
    const err = vi.spyOn(process.stderr, 'write');
    const server = await startServer((hit, nth) => (nth === 1 ? hit.reply(200, openaiReply()) : hit.reply(500, KEY)));
    const provider = openai(server);

    await provider.generate(request);
    await failure(provider.generate(request));

    expect([out.mock.calls, err.mock.calls]).toEqual([[], []]);
  });

  it('K13 K17: hooks receive hosts, paths, times and a prompt hash, but no secret, query or prompt', async () => {
    const events: unknown[] = [];
    const note = (happening: object) => void events.push(happening);
    const server = await startJobServer({
      submit(hit, nth) {
        if (nth === 1) hit.reply(503, { error: KEY }, { 'x-request-id': KEY });
        else hit.reply(200, { id: 'a', poll: `http://${hit.headers.host}/jobs/a?token=${KEY}` });
      },
    });
    const provider = jobProvider(server, { hooks: { onAttempt: note, onReply: note, onRetry: note } });

    await provider.generate(request);

    const text = inspect(events, { depth: 9 });
    expect(events.length).toBeGreaterThan(5);
    expectNoSecret(text);
    expect(text).not.toContain('token=');
    expect(text).toContain('promptHash');
  });

  it('a hook that throws, at once or later, does not affect the image', async () => {
    const server = await startServer((hit) => hit.reply(200, openaiReply()));
    const hooks = {
      onAttempt() {
        throw new Error('broken');
      },
      onReply: (async () => {
        throw new Error('broken too');
      }) as () => void,
    };

    expect((await openai(server, { hooks }).generate(request)).images).toHaveLength(1);
  });
});

describe('settings', () => {
  it('K12: a base URL with a password is refused, and the error does not show the password', () => {
    const baseUrl = 'https://someone:canary-password@api.example.com/v1';
    const make = () => createProvider('openai', { apiKey: KEY, baseUrl });
    const makeTransport = () => createTransport({ baseUrl });

    expect(make).toThrow(/user name or password/);
    expect(makeTransport).toThrow(/user name or password/);
    for (const attempt of [make, makeTransport]) expect(attempt).not.toThrow(/canary-password/);
  });

  it.each([`${KEY}\r\nx-injected: 1`, `${KEY} ${KEY}`, `${KEY}é`, '   '])(
    'K19: a key that is not a valid header value (%#) is refused, and the error does not show it',
    (apiKey) => {
      const make = () => createProvider('openai', { apiKey });

      expect(make).toThrow(/apiKey/);
      expect(make).not.toThrow(KEY);
    },
  );

  it('K19: whitespace around a key is removed', async () => {
    const server = await startServer((hit) => hit.reply(200, openaiReply()));

    await openai(server, { apiKey: ` ${KEY}\n` }).generate(request);

    expect(server.hits[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
  });
});
