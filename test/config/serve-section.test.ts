/** The section `serve` of a configuration file. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { configRows } from '../../src/apps/cli/output/tables/config-rows.ts';
import { DEFAULT_LIMITS } from '../../src/apps/server/http/limits.ts';
import { fileSchema } from '../../src/config/file/schema.ts';
import { keysAt } from '../../src/config/file/schema-problems.ts';
import { describeConfig } from '../../src/config/index.ts';
import { toCamelCase } from '../../src/config/key-case.ts';
import { errorTextOf, parse } from './support.ts';

const HASH = 'a'.repeat(64);
const EMPTY = createHash('sha256').update('').digest('hex');
const FILE = `
backends: { openai: { type: stub }, fal: { type: stub } }
profiles: { careful: { max_images_per_session: 5 } }
budget: { per_project_per_day_usd: { website: 2 } }
serve:
  host: 0.0.0.0
  port: 0
  tokens:
    - { name: ada, sha256: ${HASH}, profile: careful, models: [openai/stub-1, fal], per_day_usd: 5, requests_per_minute: 60 }
    - { name: eve, env: EVE_TOKEN }
  aliases: { dall-e-3: openai/stub-1, my_alias: fal }
  hosts: [images.example.com]
  origins: ['https://app.example.com']
  public_url: https://images.example.com
  trust_proxy: true
  metrics: true
  keep_alive_json: true
  limits: { calls_per_token: 2, waiting_per_token: 0, max_json_bytes: 2000 }
`;
const env = { EVE_TOKEN: 'x'.repeat(32) };

describe('the section serve', () => {
  it('becomes plain data, without any token', async () => {
    const config = await parse(FILE, env);
    expect(config.serve).toEqual({
      host: '0.0.0.0',
      port: 0,
      tokens: [
        {
          name: 'ada',
          sha256: HASH,
          profile: 'careful',
          models: ['openai/stub-1', 'fal'],
          perDayUsd: 5,
          requestsPerMinute: 60,
        },
        { name: 'eve', env: 'EVE_TOKEN' },
      ],
      aliases: { 'dall-e-3': 'openai/stub-1', my_alias: 'fal' },
      hosts: ['images.example.com'],
      origins: ['https://app.example.com'],
      publicUrl: 'https://images.example.com',
      trustProxy: true,
      metrics: true,
      keepAliveJson: true,
      limits: { callsPerToken: 2, waitingPerToken: 0, maxJsonBytes: 2000 },
    });
    expect(JSON.stringify(config)).not.toContain(env.EVE_TOKEN);
  });

  it('limits the spending of a token as that of its project, for every process', async () => {
    const config = await parse(FILE, env);
    expect(config.budget).toEqual({ perProjectPerDayUsd: { website: 2, ada: 5 } });
  });

  it('may be empty, and turns aliases off with false', async () => {
    expect((await parse('serve:\n')).serve).toBeUndefined();
    expect((await parse('serve: { aliases: false }\n')).serve).toEqual({ aliases: false });
  });

  it('is shown with the keys of the file', async () => {
    const config = await parse(FILE, env);
    const rows = configRows(describeConfig(config, env)).map(([key, value]) => `${key}=${value}`);
    expect(rows).toEqual(
      expect.arrayContaining([
        'serve.limits.calls_per_token=2',
        'serve.aliases.my_alias=fal',
        'serve.public_url=https://images.example.com',
        'serve.tokens[0].per_day_usd=5',
        'serve.tokens[1].env=EVE_TOKEN',
        'budget.per_project_per_day_usd.ada=5',
      ]),
    );
  });

  it('has every limit of a server', () => {
    const keys = keysAt(fileSchema, ['serve', 'limits']).map(toCamelCase);
    expect(keys.sort()).toEqual(Object.keys(DEFAULT_LIMITS).sort());
  });
});

const token = (line: string) => `serve:\n  tokens:\n    - { ${line} }\n`;

describe('a problem in the section serve', () => {
  it.each([
    [token('name: ada'), '3:7: serve.tokens[0] needs either sha256 or env\nTo make a token and its line'],
    [token(`name: ada, sha256: ${HASH}, env: ADA_TOKEN`), '3:7: serve.tokens[0] needs either sha256 or env'],
    [token(`name: ada, sha256: ${EMPTY}`), 'serve.tokens[0].sha256 is that of an empty token, which anyone has'],
    [token('name: ada, sha256: abc'), 'serve.tokens[0].sha256 must be the SHA-256 of a token, 64 hex digits'],
    [token(`name: a b, sha256: ${HASH}`), '3:15: serve.tokens[0].name is not a valid name of a token'],
    [
      token('name: ada, token: 0123456789abcdef'),
      '3:20: there is no setting "token" in serve.tokens[0]\nThe file holds no tokens. To make a token',
    ],
    ['serve: { tokens: [0123456789abcdef] }\n', 'serve.tokens[0] must be a group of settings'],
    ['serve: { token: 0123456789abcdef }\n', 'there is no setting "token" in serve\nThe file holds no tokens.'],
    [token('name: ada, env: my-token'), 'serve.tokens[0].env must be the name of an environment variable'],
    [token('name: ada, env: ADA_TOKEN'), 'serve.tokens[0].env: the variable ADA_TOKEN is not set, or empty'],
    [
      token(`name: ada, sha256: ${HASH}, profile: carefull`).concat('profiles: { careful: {} }\n'),
      'serve.tokens[0].profile: there is no profile "carefull"\nDid you mean careful?',
    ],
    [token(`name: ada, sha256: ${HASH}, models: [opanai/gpt]`), 'there is no backend "opanai"\nDid you mean openai?'],
    [token(`name: ada, sha256: ${HASH}, models: []`), 'serve.tokens[0].models'],
    [
      token(`name: ada, sha256: ${HASH}, per_dayusd: 5`),
      'there is no setting "per_dayusd" in serve.tokens[0]\nDid you mean per_day_usd?',
    ],
    [token(`name: ada, sha256: ${HASH}, per_day_usd: -1`), 'must be an amount of US dollars, 0 or more'],
    [token(`name: ada, sha256: ${HASH}, per_day_usd: 0`), 'serve.tokens[0].per_day_usd must be more than 0'],
    [
      `serve:\n  tokens:\n    - { name: ada, sha256: ${HASH} }\n    - { name: eve, sha256: ${HASH.toUpperCase()} }\n`,
      'serve.tokens[1].sha256: ada has the same token',
    ],
    [
      'serve:\n  tokens:\n    - { name: ada, env: ADA_TOKEN }\n    - { name: eve, env: ADA_TOKEN }\n',
      '4:25: serve.tokens[1].env: ada has the same token. Make one token for each name',
    ],
    [
      'backends: { main: { type: stub } }\nserve: { aliases: { dall-e-3: mian/stub-1 } }\n',
      '2:31: serve.aliases.dall-e-3: there is no backend and no model "mian/stub-1"\nDid you mean main/stub-1?',
    ],
    [
      'backends: { main: { type: stub } }\nserve: { aliases: { dall-e-3: stub-2 } }\n',
      'serve.aliases.dall-e-3: there is no backend and no model "stub-2"\nDid you mean stub-1?',
    ],
    [
      `serve:\n  tokens:\n    - { name: ada, sha256: ${HASH} }\n    - { name: ada, sha256: ${HASH} }\n`,
      '4:15: serve.tokens[1]: another token has the name "ada"',
    ],
    [
      token(`name: ada, sha256: ${HASH}, per_day_usd: 5`).concat('budget: { per_project_per_day_usd: { ada: 9 } }\n'),
      'serve.tokens[0].per_day_usd: budget.per_project_per_day_usd has a limit for the same project',
    ],
    ['serve: { prot: 4242 }\n', '1:10: there is no setting "prot" in serve\nDid you mean port?'],
    ['serve: { port: 70000 }\n', '1:16: serve.port must be a port, 0 to 65535'],
    ['serve: { origins: ["https://app.example.com/"] }\n', 'serve.origins[0] must be an origin like'],
    ['serve: { origins: ["*"] }\n', 'serve.origins[0] must be an origin like'],
    ['serve: { hosts: ["images.example.com:443"] }\n', 'serve.hosts[0] must be the name of a host'],
    ['serve: { public_url: "ftp://a.example" }\n', 'serve.public_url must be an address like'],
    ['serve: { aliases: true }\n', 'serve.aliases must be models by name, or false'],
    [
      'serve: { limits: { calls_per_token: 0 } }\n',
      'serve.limits.calls_per_token must be a whole number from 1 to 10000',
    ],
  ])('%j is reported with its place', async (text, wanted) => {
    const shown = await errorTextOf(text);
    expect(shown).toContain(wanted);
    expect(shown).not.toContain('0123456789abcdef');
  });

  it('a variable that is not set is no problem where keys are not checked', async () => {
    const config = await parse(token('name: ada, env: ADA_TOKEN'), {}, false);
    expect(config.serve?.tokens).toEqual([{ name: 'ada', env: 'ADA_TOKEN' }]);
  });
});

describe('a model that the section serve names', () => {
  const backends =
    'backends: { main: { type: stub }, own: { type: openai-compatible, base_url: "http://127.0.0.1:1" } }\n';
  const noticesOf = async (text: string) => (await parse(`${backends}${text}`, {}, false)).notices;

  it.each([
    [
      'serve: { aliases: { fox: main/stub-9 } }\n',
      'serve.aliases.fox: the backend main does not list the model "stub-9"',
    ],
    [
      token(`name: ada, sha256: ${HASH}, models: [main, main/stub-9]`),
      'serve.tokens[0].models[1]: the backend main does not list the model "stub-9"',
    ],
  ])('is named in a note if its backend does not list it, because a vendor may have more: %j', async (text, wanted) => {
    expect(await noticesOf(text)).toEqual([`${wanted}; the provider may refuse it. Did you mean stub-1?`]);
  });

  it.each(['main', 'main/stub-1', 'stub-1', 'best', 'main/light', 'own', 'own/any/model', 'a-model-of-the-own-server'])(
    'is accepted as the target of an alias: %s',
    async (target) => {
      expect(await noticesOf(`serve: { aliases: { fox: ${target} } }\n`)).toEqual([]);
    },
  );
});

describe('the limits of the size of a body', () => {
  const { maxJsonBytes, maxUploadBytes } = DEFAULT_LIMITS;

  it.each([
    [`max_upload_bytes: ${maxJsonBytes - 1}`],
    [`max_json_bytes: ${maxUploadBytes + 1}`],
    ['max_json_bytes: 5000, max_upload_bytes: 4999'],
  ])('%s are refused, as the server refuses them', async (limits) => {
    const text = await errorTextOf(`serve:\n  limits: { ${limits} }\n`);
    expect(text).toContain('serve.limits.max_upload_bytes is below max_json_bytes');
  });

  it.each([[`max_upload_bytes: ${maxJsonBytes}`], [`max_json_bytes: ${maxUploadBytes}`]])(
    '%s is accepted',
    async (limits) => {
      await expect(parse(`serve:\n  limits: { ${limits} }\n`)).resolves.toBeDefined();
    },
  );
});
