/** What a file may say, and how it is told where it is wrong. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configError } from '../../src/config/file/faults.ts';
import { readYaml } from '../../src/config/file/read-yaml.ts';
import { fileSchema } from '../../src/config/file/schema.ts';
import { isAiImageError } from '../../src/index.ts';
import { registry } from '../../src/providers/registry.ts';
import { TIMED } from '../support/timed.ts';
import { complaintsOf, failureOf, KEY, parse } from './support.ts';

describe('a fault', () => {
  it.each([
    ['budget:\n  per_day_usd: much\n', '2:16: budget.per_day_usd must be an amount of US dollars, e.g. 2.50'],
    ['budget:\n  per_day_usd: -1\n', '2:16: budget.per_day_usd must be an amount of US dollars, 0 or more'],
    ['budget: { per_call_usd: .inf }\n', '1:25: budget.per_call_usd must be an amount'],
    ['budget: [1]\n', '1:9: budget must be a group of keys'],
    ['store:\n  mark: embedded\n', '2:9: store.mark must be one of embed, sidecar, off'],
    ['store:\n  keep_prompt: yes\n', '2:16: store.keep_prompt must be true or false'],
    ['styles:\n  a:\n    negative_prompt: x\n', '2:3: styles.a.prompt must be words'],
    ['styles:\n  a: ""\n', '2:6: styles.a.prompt must be words'],
    ['profiles: { a: { defaults: { size: big } } }\n', '1:36: profiles.a.defaults.size must be WIDTHxHEIGHT'],
    ['profiles: { a: { defaults: { quality: best } } }\n', 'must be one of draft, standard, hd'],
    ['profiles: { a: { defaults: { prompt: x } } }\n', '1:30: there is no key "prompt" in profiles.a.defaults'],
    ['routing:\n  - words: [a]\n', '2:5: routing[0].backends must be a list of backends'],
    ['routing:\n  - backends: [openai]\n', '2:5: routing[0] must have intents or words'],
    ['routing:\n  - { words: a, backends: [openai] }\n', '2:14: routing[0].words must be a list of words'],
    ['limits: { openai: { max_concurrent: 0 } }\n', 'limits.openai.max_concurrent must be a whole number, 1 or more'],
    ['backends: { 1: { type: stub } }\n', '1:13: backends.1 is no name for a backend'],
    ['backends: { a/b: { type: stub } }\n', 'backends.a/b is no name for a backend'],
    [
      'backends: { a: { type: opanai } }\n',
      '1:24: backends.a.type: there is no provider "opanai"\nDid you mean openai?',
    ],
    ['backends: { a: {} }\n', '1:13: backends.a has no type'],
    ['backends: { a: { type: stub, model: dummy } }\n', '1:37: backends.a.model must be a model'],
    ['backends: { a: { type: stub, optional: 1 } }\n', '1:40: backends.a.optional must be a boolean'],
    ['backends: { a: { type: stub, job: { pols: 1 } } }\n', 'there is no key "pols"'],
    ['backends: { a: { type: stub, delay_ms: -5 } }\n', '1:40: backends.a.delay_ms must be at least 0'],
    [
      'backends: { a: { type: comfyui, base_url: ftp://x } }\n',
      '1:43: backends.a.base_url is no http or https URL\nPass for example https://api.example.com/v1.',
    ],
    [
      'backends: { a: { type: comfyui, base_url: "https://a.example/v1?x=1" } }\n',
      '1:43: backends.a.base_url (a.example) holds "?" or "#"',
    ],
    [
      'backends: { a: { type: comfyui, headers: { Host: b.example } } }\n',
      '1:42: backends.a: header "Host" cannot be set',
    ],
    ['backends: { a: { type: stub, limits: { max_retrys: 1 } } }\n', '1:38: backends.a: there is no limit "maxRetrys"'],
    ['backends: { a: { type: stub, headers: { x: 1 } } }\n', '1:44: backends.a.headers.x must be a string'],
    ['backends: { a: { type: stub, deadline_ms: 0 } }\n', '1:43: backends.a.deadline_ms must be'],
    [
      'default_backend: mainn\nbackends: { main: { type: stub } }\n',
      '1:18: default_backend: there is no backend "mainn"\nDid you mean main?',
    ],
    ['default_backend: opanai\n', 'Did you mean openai?'],
    [
      'fallback: [stub, fall/x]\nbackends: { stub: }\n',
      '1:18: fallback[1]: there is no backend "fall"\nBackends are stub.',
    ],
    ['limits: { mian: {} }\nbackends: { main: { type: stub } }\n', '1:11: limits.mian: there is no backend'],
    ['profiles: { a: { allowed_backends: [x] } }\n', '1:37: profiles.a.allowed_backends[0]: there is no backend'],
    ['budget: { allow_unpriced: [x/y] }\n', '1:28: budget.allow_unpriced[0]: there is no backend'],
    ['just words\n', '1:1: the file must be a group of keys'],
    ['a: b: c\n', '1:4: a second colon in one line needs quotation marks'],
    ['a: "b\n', 'is missing'],
    ['a: 1\na: 2\n', '2:1: this key stands there twice'],
    ['? [a]\n: b\n', 'a key must be a plain word'],
    ['a: !!binary x\n', 'tags (!name) are not taken here'],
    ['--- {}\n--- {}\n', '2:1: a second document begins here'],
    ['output: { directory: "" }\n', '1:22: output.directory must be the path of a directory'],
    ['store: { s3: { region: x } }\n', '1:10: store.s3.bucket must be the name of a bucket'],
    ['store: { database_url_env: NOT_THERE }\n', '1:28: store.database_url_env: the variable NOT_THERE is not set'],
    ['store: { database_url_env: HOME, database_schema: A-b }\n', '1:51: store.database_schema must be small letters'],
    ['store: { database_url_env: HOME, index: shared }\n', '1:41: store.index must be one of database, directory'],
    ['store: { index: directory }\n', '1:10: store.index needs store.database_url_env'],
  ])('in %j is told with its place', async (text, expected) => {
    expect(await complaintsOf(text)).toContain(expected);
  });

  it('G08: of a key that nobody knows comes with the one that was meant', async () => {
    expect(await failureOf(parse('budget:\n  per_day_us: 5\n'))).toMatchObject({
      code: 'not_configured',
      message: 'imagen.yaml:2:3: there is no key "per_day_us" in budget',
      hint: 'Did you mean per_day_usd?',
    });
    expect((await failureOf(parse('bakends: {}\n'))).hint).toBe('Did you mean backends?');
    expect((await failureOf(parse('backends: { a: { type: comfyui, baseUrl: "http://a" } }'))).hint).toBe(
      'Did you mean base_url?',
    );
    expect((await failureOf(parse('backends: { a: { type: bedrock, regio: x } }'))).hint).toBe('Did you mean region?');
    expect((await failureOf(parse('whatever: 1\n'))).hint).toMatch(/^Keys are default_backend, backends, /);
  });

  it('is told with all the others, in order, up to ten', async () => {
    const three = 'budget: { per_day_usd: x }\nstore: { mark: x }\nstyle: {}\n';
    expect((await failureOf(parse(three))).message.split('\n')).toEqual([
      'imagen.yaml: 3 faults',
      expect.stringContaining('imagen.yaml:1:24: budget.per_day_usd'),
      expect.stringContaining('imagen.yaml:2:16: store.mark'),
      'imagen.yaml:3:1: there is no key "style". Did you mean styles?',
    ]);
    const many = Array.from({ length: 14 }, (_, at) => `wrong${at}: 1\n`).join('');
    const { message } = await failureOf(parse(many));
    expect(message.split('\n')).toHaveLength(12);
    expect(message).toMatch(/^imagen.yaml: 14 faults\n.*\nand 4 more$/s);
    expect(configError('x', [{ place: { line: 1, column: 2 }, what: 'w' }]).hint).toContain('docs/configuration.md');
  });

  it('of a backend is told with those of the other ones', async () => {
    const text = 'backends:\n  a: { type: openai }\n  b: { type: azure }\n  c: { type: vertex, apiVersion: v1 }\n';
    const { message } = await failureOf(parse(text, { AZURE_OPENAI_API_KEY: 'azure-0123456789' }));
    expect(message).toContain('2:3: backends.a has no key: OPENAI_API_KEY is not set, or empty');
    expect(message).toContain('3:3: backends.b must name the resource: pass endpoint or resource');
    expect(message).toContain('4:22: there is no key "apiVersion" in backends.c. Did you mean api_version?');
  });
});

/** Of the processor: what else the machine does is not counted. */
const LIMIT_MS = 100;

describe('a hostile text', () => {
  const bomb = (levels: number, width: number) =>
    [
      'a0: &a0 [x]',
      ...Array.from({ length: levels }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at}, `.repeat(width)}]`),
    ].join('\n');
  const nested = (piece: string, times: number) => piece.repeat(times);

  it.each([
    ['G01: aliases that grow', bomb(9, 9)],
    [
      'G01: aliases in a chain',
      `- &a0 x\n${Array.from({ length: 3000 }, (_, at) => `- &a${at + 1} [*a${at}]`).join('\n')}`,
    ],
    ['G01: an alias of itself', 'styles: &a { x: *a }\n'],
    ['G02: merges without number', `a: &a {b: c}\nstyles:\n${'  <<: *a\n'.repeat(25_000)}`],
    ['flow lists', nested('[', 200_000)],
    ['flow maps', nested('{a: ', 60_000)],
    ['block lists', nested('- ', 120_000)],
    ['explicit keys', nested('? ', 120_000)],
    ['colons', `a: ${nested(': ', 100_000)}`],
    ['keys without number', Array.from({ length: 30_000 }, (_, at) => `a${at}:`).join('\n')],
    ['broken lines without number', nested('- }\n', 60_000)],
    ['documents without number', nested('---\n', 60_000)],
    ['anchors without number', nested('&a ', 80_000)],
  ])('%s: is refused at once', TIMED, (_, text) => {
    const start = process.cpuUsage();
    const { faults, value } = readYaml(text);
    const isRefused = faults.length > 0 || !fileSchema.safeParse(value).success;
    const { user, system } = process.cpuUsage(start);
    expect(isRefused).toBe(true);
    expect((user + system) / 1000).toBeLessThan(LIMIT_MS);
  });

  it('G02: merges are off, also where a directive asks for them', async () => {
    expect(await complaintsOf('styles: { a: &a { prompt: x }, b: { <<: *a } }\n')).toContain(
      'merges (<<) are not taken',
    );
    expect(await complaintsOf('%YAML 1.1\n---\nstyles: {}\n')).toContain('1:1: directives (%…) are not taken here');
  });

  it('keeps what an alias is for: the same thing in two places', async () => {
    const { profiles } = await parse('profiles: { a: { defaults: &d { size: square } }, b: { defaults: *d } }\n');
    expect(profiles.b).toEqual(profiles.a);
    expect(await complaintsOf('profiles: { a: { defaults: &d { sise: x } }, b: { defaults: *d } }')).toContain(
      '1:33: ',
    );
  });

  it.each(['__proto__', 'constructor', 'prototype'])('G03: the key %s is refused at every level', async (key) => {
    for (const text of [
      `${key}: { polluted: 1 }`,
      `styles: { ${key}: x }`,
      `backends: { a: { type: stub, "${key}": {} } }`,
    ])
      expect(await complaintsOf(text)).toContain(`"${key}" cannot be a key`);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('names that every object has are names like any other', async () => {
    expect(await complaintsOf('default_backend: toString\nbackends: { main: { type: stub } }')).toContain('no backend');
    expect(await complaintsOf('backends: { a: { type: stub, toString: 1 } }')).toContain('there is no key "toString"');
    expect(Object.keys((await parse('styles: { toString: x, valueOf: y }')).styles)).toEqual(['toString', 'valueOf']);
  });

  it('of whatever kind gives a configuration or an error of ours, and never shows a key', async () => {
    const word = fc.constantFrom(
      'backends',
      'styles',
      'type',
      'stub',
      ':',
      '- ',
      '  ',
      '\n',
      '{',
      '}',
      '[',
      ']',
      '*a',
      '&a',
      '!x',
      '"',
      '#',
      '<<',
      '|',
      '%',
      KEY,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(word, { maxLength: 40 }).map((words) => words.join('')),
        ),
        async (text) => {
          try {
            await parse(text);
          } catch (error) {
            if (!isAiImageError(error)) throw error;
            expect(error.message).toMatch(/imagen\.yaml:\d+:\d+: /);
            expect(`${error.message}${error.hint}`).not.toContain(KEY);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('JSON of any shape, which is YAML too, gives a configuration or an error of ours', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...Object.keys(fileSchema.shape), 'x'), fc.jsonValue({ maxDepth: 3 })),
        async (value) => {
          const failure = await parse(JSON.stringify(value)).then(
            () => undefined,
            (error: unknown) => error,
          );
          expect(failure === undefined || isAiImageError(failure), String(failure)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('G09: a key in the file', () => {
  it.each([
    [`backends: { a: { type: openai, api_key: ${KEY} } }`],
    [`backends: { a: { type: openai, api_key_env: ${KEY} } }`],
    [`backends: { a: { type: replicate, api_token: r8_A1b2C3d4E5f6G7h8I9j0 } }`],
    [`backends: { a: { type: comfyui, base_url: "https://me:hunter2-hunter2@host.example/" } }`],
    [`backends: { a: { type: comfyui, base_url: "https://host.example/?api_key=hunter2-hunter2" } }`],
    [`backends: { a: { type: comfyui, headers: { Authorization: hunter2-hunter2 } } }`],
    [`backends: { a: { type: comfyui, headers: { X-Other: Bearer ${KEY} } } }`],
    [`backends: { a: { type: azure, token: hunter2-hunter2, resource: r } }`],
    [`backends: { a: { type: luma, photon_api_key: hunter2-hunter2 } }`],
    [`backends: { a: { type: stub, password: hunter2-hunter2 } }`],
    [`backends: { ${KEY}: { type: stub } }`],
    [`default_backend: ${KEY}`],
    [`styles: { a: "in the style of ${KEY}" }`],
    [`store: { database_url_env: "postgresql://me:hunter2-hunter2@host/x" }`],
    [`store: { database_url: "postgresql://me:hunter2-hunter2@host/x" }`],
    [`store: { s3: { bucket: b, secret_access_key_env: wJalrXUtnFEMIK7MDENGbPxRfiCY } }`],
    [`${KEY}`],
    [`"${KEY}`],
    [`a: [${KEY}`],
    [`- !${KEY} x`],
    [`a: *${KEY}`],
  ])('%j is refused and not shown', async (text) => {
    const shown = await complaintsOf(text, {});
    for (const secret of [KEY, 'r8_A1b2', 'hunter2', 'wJalr']) expect(shown).not.toContain(secret);
  });

  it('comes with what to write instead', async () => {
    const { message, hint } = await failureOf(parse('backends: { a: { type: openai, api_key: abc } }'));
    expect(message).toBe('imagen.yaml:1:41: backends.a.api_key is secret, and no secret belongs into the file');
    expect(hint).toBe('Name the variable that holds it, e.g. api_key_env: MY_API_KEY.');
  });

  it('every setting of a provider that sounds secret is declared to be', async () => {
    for (const [id, { load }] of Object.entries(registry)) {
      const { settingsSchema, secretSettings = [] } = (await load()).definition;
      const settings = Object.keys((settingsSchema as { shape?: object } | undefined)?.shape ?? {});
      // A function that gives credentials cannot stand in a file.
      const sounding = settings.filter(
        (name) => /(?:key|token|secret|credentials)$/i.test(name) && `${id}.${name}` !== 'bedrock.credentials',
      );
      expect(
        sounding.filter((name) => !secretSettings.includes(name)),
        id,
      ).toEqual([]);
      expect(
        secretSettings.filter((name) => !settings.includes(name)),
        id,
      ).toEqual([]);
    }
  });
});

describe('a variable', () => {
  const backend = 'backends:\n  main:\n    type: openai\n    api_key_env: MAIN_KEY\n';

  it('G10: that is missing, empty or blank fails at once, with its name and its backend', async () => {
    for (const env of [{}, { MAIN_KEY: '' }, { MAIN_KEY: ' \n' }, { OPENAI_API_KEY: 'sk-other-0123456789' }]) {
      const { code, message, hint } = await failureOf(parse(backend, env));
      expect(code).toBe('not_configured');
      expect(message).toBe('imagen.yaml:4:18: backends.main: the variable MAIN_KEY is not set, or empty');
      expect(hint).toContain('optional: true');
    }
    expect((await parse(backend, { MAIN_KEY: 'sk-mine-0123456789' })).backends.main?.variables).toEqual({
      apiKey: 'MAIN_KEY',
    });
  });

  it('G10: that is missing is a notice where the backend is optional, and nothing where nobody asks', async () => {
    const { notices } = await parse(`${backend}    optional: true\n`);
    expect(notices).toEqual([expect.stringContaining('MAIN_KEY is not set, or empty; it is optional, and left out')]);
    expect((await parse(backend, {}, false)).notices).toEqual([]);
  });

  it.each(['sk-a b', 'sk-a\nX-Evil: 1', 'sk-ключ-0123456789', 'sk-a\tb'])(
    'K19: with %j in it is refused and not shown',
    async (key) => {
      for (const [text, env] of [
        [backend, { MAIN_KEY: key }],
        ['backends: { main: { type: openai } }', { OPENAI_API_KEY: key }],
        ['backends: { main: { type: azure, resource: r, token_env: MAIN_KEY } }', { MAIN_KEY: key }],
        ['backends: { main: { type: luma, photon_api_key_env: MAIN_KEY } }', { MAIN_KEY: key }],
      ] as const) {
        const shown = await complaintsOf(text, env);
        expect(shown).toMatch(/holds characters no key has|must be one word/);
        expect(shown).not.toContain(key);
      }
    },
  );

  it('may hold other settings, which are checked like any', async () => {
    const text = 'backends: { a: { type: bedrock, region_env: MY_REGION } }';
    const env = { AWS_BEARER_TOKEN_BEDROCK: 'bedrock-0123456789', MY_REGION: 'nowhere at all' };
    expect(await complaintsOf(text, env)).toContain('1:45: backends.a: the value of MY_REGION must be a region');
  });

  it('is one of the two names for a key', async () => {
    const text = 'backends: { a: { type: replicate, api_token_env: A_TOKEN } }';
    expect((await parse(text, { A_TOKEN: 'r8-0123456789' })).backends.a?.variables).toEqual({ apiKey: 'A_TOKEN' });
    const both = 'backends: { a: { type: replicate, api_token_env: A, api_key_env: B } }';
    expect(await complaintsOf(both, {})).toContain('backends.a.api_key_env says the same as api_token_env');
  });

  it('P5: of the vendor is not sent to another address: with a base_url the key is named', async () => {
    const text = 'backends: { a: { type: openai, base_url: "https://proxy.example/v1" } }';
    const env = { OPENAI_API_KEY: 'sk-mine-0123456789' };
    expect(await complaintsOf(text, env)).toContain('has a base_url of its own, and names no key for it');
    const named =
      'backends: { a: { type: openai, base_url: "https://proxy.example/v1", api_key_env: OPENAI_API_KEY } }';
    expect((await parse(named, env)).backends.a?.settings).toEqual({ baseUrl: 'https://proxy.example/v1' });
  });
});
