/** A vendor that repeats the whole request: no provider lets any part of a credential or of the prompt into its error. A suite of two sizes. */
import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { createProvider, type ProviderId, registry } from '../../../src/providers/registry.ts';
import { readSettings } from '../../../src/testing/node-runtime.ts';
import { closeServers, startServer } from '../../faults/hostile-server.ts';
import { fixturesOf } from './fixtures.ts';

const ids = (Object.keys(registry) as ProviderId[]).filter((id) => id !== 'stub');
const PROMPT = 'Jane Doe, "barefoot" & alone <in the rain>, in a kitchen of 1950 with a grey wall';
const COMPOSITE = '3f2a9c1e-7b44-4d0c-9e21-aa10bb20cc30:b7d1f0e2c3a4958677665544332211ff';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** Every kind of credential, with its secret parts. */
const CREDENTIALS: readonly (readonly [id: ProviderId, settings: object, secrets: readonly string[]])[] = [
  ...ids.map((id) => [id, { apiKey: COMPOSITE }, [COMPOSITE]] as const),
  [
    'bedrock',
    {
      accessKeyId: 'AKIAQWERTYUIOPASDFGH',
      secretAccessKey: 'wJalr/XUtn+FEMIK7MDENGbPxRfiCY',
      sessionToken: 'FwoGZXIvYXdzEJr//////////wEaDA',
    },
    ['AKIAQWERTYUIOPASDFGH', 'wJalr/XUtn+FEMIK7MDENGbPxRfiCY', 'FwoGZXIvYXdzEJr//////////wEaDA'],
  ],
  ['vertex', { accessToken: 'ya29.a0AfH6SMBx_qwertzuiop-0987654321' }, ['ya29.a0AfH6SMBx_qwertzuiop-0987654321']],
  [
    'vertex',
    {
      accessToken: undefined,
      credentials: {
        type: 'service_account',
        client_email: 'a@b.example',
        private_key: pem,
        private_key_id: 'c0ffee0123456789',
      },
    },
    [pem.replace(/-----[A-Z ]+-----/g, '').replace(/\s/g, ''), 'c0ffee0123456789'],
  ],
  ['firefly', { accessToken: undefined, apiKey: 'p8e-Secret_0123456789' }, ['p8e-Secret_0123456789']],
  ['luma', { apiKey: COMPOSITE, photonApiKey: 'luma-photon-9876543210' }, [COMPOSITE, 'luma-photon-9876543210']],
  ['azure-openai', { token: 'eyJhbGciOiJSUzI1NiJ9.entra-0123456789' }, ['eyJhbGciOiJSUzI1NiJ9.entra-0123456789']],
  ['comfyui', { basicAuth: 'jane.doe:hunter2-hunter2-hunter2' }, ['jane.doe:hunter2-hunter2-hunter2']],
];

/** Fields from which adapters read their vendors' messages. */
const shapes: readonly ((echo: string) => object | string)[] = [
  (echo) => ({
    error: { message: echo, status: 'INVALID_ARGUMENT', code: echo },
    message: echo,
    detail: echo,
    title: echo,
  }),
  (echo) => ({
    error: echo,
    errors: [echo],
    name: echo,
    id: echo,
    detail: [{ loc: ['body', 'x'], msg: echo, type: echo }],
  }),
  (echo) => echo,
];

const spellings: readonly ((text: string) => string)[] = [
  (text) => text,
  encodeURIComponent,
  (text) => Buffer.from(`.${text}`).toString('base64'),
];

const REPLIES = shapes.flatMap((shape) => spellings.map((spell) => ({ shape, spell })));
const STATUSES = [200, 400, 401, 403, 422, 500];

/** Everything except the job id, which the caller needs unchanged. */
function everythingIn(error: unknown): string {
  const { message, stack, cause } = error as Error;
  const json = JSON.stringify(error, (name, value: unknown) => (name === 'job' ? undefined : value));
  return [message, stack, json, inspect(error, { depth: 9 }), cause ? everythingIn(cause) : ''].join('\n');
}

/**
 * Declares the tests.
 * @param everyNth 1: each status comes with each reply. 3: with every third one, another third for each next status
 */
export function describeEchoingVendors(everyNth: number): void {
  afterAll(closeServers);

  describe.each(CREDENTIALS)('%s with %j', (id, settings, secrets) => {
    it.each(STATUSES)(
      'contains no credential or prompt when the vendor repeats the request with HTTP %i',
      async (status) => {
        const own = (await registry[id].load()).definition.settingsSchema as { shape?: object } | undefined;
        const replies = REPLIES.filter((_, at) => (at + STATUSES.indexOf(status)) % everyNth === 0);
        for (const { shape, spell } of replies) {
          const server = await startServer((hit) => {
            const sent = `${secrets.join(' | ')} ${JSON.stringify(hit.headers)} ${hit.text.slice(0, 1_500)} ${hit.body}`;
            hit.reply(status, shape(spell(sent)), { 'x-request-id': spell(secrets[0] ?? '').slice(0, 500) });
          });
          const places = Object.fromEntries(
            ['hubUrl', 'catalogueUrl', 'storageUrl', 'photonUrl', 'controlUrl', 'tokenUrl'].flatMap((name) =>
              Object.hasOwn(own?.shape ?? {}, name) || (name === 'tokenUrl' && ['vertex', 'firefly'].includes(id))
                ? [[name, `${server.origin}/${name}`]]
                : [],
            ),
          );
          const provider = createProvider(id as string, {
            ...(await readSettings(fixturesOf(id))),
            ...places,
            baseUrl: server.origin,
            deadlineMs: 400,
            limits: { maxRetries: 0, minPollIntervalMs: 1 },
            ...settings,
          });
          const error: unknown = await provider.generate({ prompt: PROMPT }).catch((reason: unknown) => reason);

          expect(error).toBeInstanceOf(Error);
          const text = everythingIn(error).toLowerCase();
          for (const secret of secrets) {
            for (let at = 0; at + 7 <= secret.length; at++)
              expect(text).not.toContain(secret.slice(at, at + 7).toLowerCase());
          }
          for (const part of ['barefoot', 'kitchen of', 'grey wall', 'in%20the%20rain'])
            expect(text).not.toContain(part);
        }
      },
    );
  });
}
