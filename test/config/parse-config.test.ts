/** Problems in a configuration file, each with its position. */
import { describe, expect, it } from 'vitest';
import { configError } from '../../src/config/file/config-error.ts';
import { errorTextOf, failureOf, parse } from './support.ts';

describe('a problem in the file', () => {
  it.each([
    ['budget:\n  per_day_usd: much\n', '2:16: budget.per_day_usd must be an amount of US dollars, e.g. 2.50'],
    ['budget:\n  per_day_usd: -1\n', '2:16: budget.per_day_usd must be an amount of US dollars, 0 or more'],
    ['budget: { per_call_usd: .inf }\n', '1:25: budget.per_call_usd must be an amount'],
    ['budget: [1]\n', '1:9: budget must be a group of settings'],
    ['store:\n  mark: embedded\n', '2:9: store.mark must be one of embed, sidecar, off'],
    ['store:\n  keep_prompt: yes\n', '2:16: store.keep_prompt must be true or false'],
    ['styles:\n  a:\n    negative_prompt: x\n', '2:3: styles.a.prompt must be text'],
    ['styles:\n  a: ""\n', '2:6: styles.a.prompt must be text'],
    ['profiles: { a: { defaults: { size: big } } }\n', '1:36: profiles.a.defaults.size must be "WIDTHxHEIGHT"'],
    ['profiles: { a: { defaults: { quality: best } } }\n', 'must be one of draft, standard, hd'],
    ['profiles: { a: { defaults: { prompt: x } } }\n', '1:30: there is no setting "prompt" in profiles.a.defaults'],
    ['routing:\n  - words: [a]\n', '2:5: routing[0].backends must be a list of backends'],
    ['routing:\n  - backends: [openai]\n', '2:5: routing[0] must have intents or words'],
    ['routing:\n  - { words: a, backends: [openai] }\n', '2:14: routing[0].words must be a list of words'],
    ['limits: { openai: { max_concurrent: 0 } }\n', 'limits.openai.max_concurrent must be a whole number, 1 or more'],
    ['backends: { 1: { type: stub } }\n', '1:13: backends.1 is not a valid backend name'],
    ['backends: { a/b: { type: stub } }\n', 'backends.a/b is not a valid backend name'],
    ['backends: { a: { type: opanai } }\n', '1:24: backends.a.type: unknown provider "opanai"\nDid you mean openai?'],
    ['backends: { a: {} }\n', '1:13: backends.a has no type'],
    ['backends: { a: { type: stub, model: dummy } }\n', '1:37: backends.a.model must be a model'],
    ['backends: { a: { type: stub, optional: 1 } }\n', '1:40: backends.a.optional must be a boolean'],
    ['backends: { a: { type: stub, job: { pols: 1 } } }\n', 'there is no setting "pols"'],
    ['backends: { a: { type: stub, delay_ms: -5 } }\n', '1:40: backends.a.delay_ms must be at least 0'],
    [
      'backends: { a: { type: comfyui, base_url: ftp://x } }\n',
      '1:43: backends.a.base_url is not an http or https URL\nPass for example https://api.example.com/v1.',
    ],
    [
      'backends: { a: { type: comfyui, base_url: "https://a.example/v1?x=1" } }\n',
      '1:43: backends.a.base_url (a.example) contains "?" or "#"',
    ],
    [
      'backends: { a: { type: comfyui, headers: { Host: b.example } } }\n',
      '1:42: backends.a: header "Host" cannot be set',
    ],
    ['backends: { a: { type: stub, limits: { max_retrys: 1 } } }\n', '1:38: backends.a: unknown limit "max_retrys"'],
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
    ['just words\n', '1:1: the file must be a group of settings'],
    ['a: b: c\n', '1:4: put quotation marks around text that contains a colon'],
    ['a: "b\n', 'is missing'],
    ['a: 1\na: 2\n', '2:1: this setting appears twice'],
    ['? [a]\n: b\n', 'the name of a setting must be a plain word'],
    ['a: !!binary x\n', 'tags (!name) are not supported'],
    ['--- {}\n--- {}\n', '2:1: a second document begins here'],
    ['output: { directory: "" }\n', '1:22: output.directory must be the path of a directory'],
    ['store: { s3: { region: x } }\n', '1:10: store.s3.bucket must be the name of a bucket'],
    ['store: { database_url_env: NOT_THERE }\n', '1:28: store.database_url_env: the variable NOT_THERE is not set'],
    [
      'store: { database_url_env: HOME, database_schema: A-b }\n',
      '1:51: store.database_schema must be lower-case letters',
    ],
    ['store: { database_url_env: HOME, index: shared }\n', '1:41: store.index must be one of database, directory'],
    ['store: { index: directory }\n', '1:10: store.index needs store.database_url_env'],
  ])('a problem in %j is reported with its position', async (text, expected) => {
    expect(await errorTextOf(text)).toContain(expected);
  });

  it('G08: a problem in the file suggests the nearest key for an unknown key', async () => {
    expect(await failureOf(parse('budget:\n  per_day_us: 5\n'))).toMatchObject({
      code: 'not_configured',
      message: 'imagen.yaml:2:3: there is no setting "per_day_us" in budget',
      hint: 'Did you mean per_day_usd?',
    });
    expect((await failureOf(parse('bakends: {}\n'))).hint).toBe('Did you mean backends?');
    expect((await failureOf(parse('backends: { a: { type: comfyui, baseUrl: "http://a" } }'))).hint).toBe(
      'Did you mean base_url?',
    );
    expect((await failureOf(parse('backends: { a: { type: bedrock, regio: x } }'))).hint).toBe('Did you mean region?');
    expect((await failureOf(parse('whatever: 1\n'))).hint).toMatch(/^Known settings are default_backend, backends, /);
  });

  it('is reported with the others in file order, up to ten', async () => {
    const three = 'budget: { per_day_usd: x }\nstore: { mark: x }\nstyle: {}\n';
    expect((await failureOf(parse(three))).message.split('\n')).toEqual([
      'imagen.yaml: 3 problems',
      expect.stringContaining('imagen.yaml:1:24: budget.per_day_usd'),
      expect.stringContaining('imagen.yaml:2:16: store.mark'),
      'imagen.yaml:3:1: there is no setting "style". Did you mean styles?',
    ]);
    const many = Array.from({ length: 14 }, (_, at) => `wrong${at}: 1\n`).join('');
    const { message } = await failureOf(parse(many));
    expect(message.split('\n')).toHaveLength(12);
    expect(message).toMatch(/^imagen.yaml: 14 problems\n.*\nand 4 more$/s);
    expect(configError('x', [{ position: { line: 1, column: 2 }, message: 'w' }]).hint).toContain(
      'imagen config check',
    );
  });

  it('a problem in a backend is reported with those of the other backends', async () => {
    const text = 'backends:\n  a: { type: openai }\n  b: { type: azure }\n  c: { type: vertex, apiVersion: v1 }\n';
    const { message } = await failureOf(parse(text, { AZURE_OPENAI_API_KEY: 'azure-0123456789' }));
    expect(message).toContain('2:3: backends.a has no key: OPENAI_API_KEY is not set, or empty');
    expect(message).toContain('3:3: backends.b must name the resource: pass endpoint or resource');
    expect(message).toContain('4:22: there is no setting "apiVersion" in backends.c. Did you mean api_version?');
  });
});
