/** The file that `imagen config init` writes: every setting as a comment, and a backend for each key that is set. */
import type { Environment } from '../../config/index.ts';
import { listProviders } from '../../index.ts';

/** A comment begins with `# `. A setting begins with `#` and works once that is removed. */
export function configTemplate(env: Environment): string {
  return [...HEAD, '', ...backendLines(env), '', ...REST, ''].join('\n');
}

const HEAD = [
  '# Configuration of imagen. Every setting is optional.',
  '# Remove a # to activate a line. To see the result: imagen config show. To find errors: imagen config check.',
];

function backendLines(env: Environment): readonly string[] {
  const found = listProviders().flatMap(({ id, keyVariables }) => {
    const variable = keyVariables.find((name) => (env[name] ?? '').trim() !== '');
    return variable === undefined ? [] : [{ id, variable }];
  });
  const intro = [
    '# Backends: names of your choice, each with a provider. Keys stay in the environment; this file has the names of their',
    '# variables only. Providers: imagen backends --all. Settings of a provider: imagen backends show <name>.',
  ];
  if (found.length === 0) {
    return [
      ...intro,
      '#default_backend: main',
      '#backends:',
      '#  main:',
      '#    type: openai',
      '#    api_key_env: OPENAI_API_KEY',
      '#  drafts:',
      '#    type: fal',
      '#    api_key_env: FAL_KEY',
      '#    model: light',
      '#    optional: true',
      '#  stub:',
    ];
  }
  return [
    ...intro,
    `default_backend: ${found[0]?.id}`,
    'backends:',
    ...found.flatMap(({ id, variable }) => [
      `  ${id}:`,
      `    api_key_env: ${variable}`,
      '#    model: best',
      '    optional: true # skipped if the API key is not set',
    ]),
    '  stub: # generates offline, for testing',
  ];
}

const REST = [
  '# Where images are saved, and how they are named.',
  '#output:',
  '#  directory: ~/images',
  "#  naming: '{date}-{prompt:40}-{id:8}'",
  '',
  '# What is stored with an image.',
  '#store:',
  '#  mark: embed # the "made by AI" mark: in the image; sidecar: beside it; off: none',
  '#  keep_prompt: true',
  '',
  '# Spending limits in dollars. Days and months are in UTC.',
  '#budget:',
  '#  per_call_usd: 0.50',
  '#  per_day_usd: 5',
  '#  per_month_usd: 50',
  '',
  '# Where the cost of each call is sent. Addresses and secrets stay in the environment.',
  '#usage:',
  '#  sinks:',
  '#    - type: jsonl # also: postgres, webhook',
  '#      path: ~/imagen-usage.jsonl',
  '',
  '# imagen serve. It holds the hashes of tokens, not the tokens: imagen serve --new-token ada.',
  '#serve:',
  '#  port: 4242',
  '#  tokens:',
  '#    - name: ada',
  '#      sha256: 0000000000000000000000000000000000000000000000000000000000000000',
  '#      per_day_usd: 5',
  '#  aliases:',
  '#    dall-e-3: stub',
  '',
  '# imagen mcp, for agents, and /mcp of imagen serve.',
  '#mcp:',
  '#  max_usd: 5',
  '#  max_images: 50',
  '#  roots: [~/images]',
  '',
  '# How many days a submitted job stays open for imagen jobs resume.',
  '#jobs:',
  '#  keep_open_days: 7',
  '',
  '# Styles for --style, in addition to those of imagen styles.',
  '#styles:',
  '#  house: flat shapes, two colours, much white space',
  '#  night:',
  '#    prompt: at night, lit by street lamps',
  '#    negative_prompt: daylight',
  '',
  '# Profiles for --profile.',
  '#profiles:',
  '#  careful:',
  '#    max_images_per_session: 5',
  '#    defaults:',
  '#      quality: draft',
  '#      size: landscape',
];
