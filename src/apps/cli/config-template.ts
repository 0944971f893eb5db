/** The file that `imagen config init` writes: what there is to say, commented out, and the backends whose key is set. */
import type { Environment } from '../../config/index.ts';
import { listProviders } from '../../index.ts';

/** A sentence begins with `# `; what could be said begins with `#` alone, and holds as soon as that is taken away. */
export function configTemplate(env: Environment): string {
  return [...HEAD, '', ...backendLines(env), '', ...REST, ''].join('\n');
}

const HEAD = [
  '# The configuration of imagen. All of it may be left out; docs/configuration.md describes every key.',
  '# Take away a # to make a line hold. To see what holds: imagen config show. To see what is wrong: imagen config check.',
];

function backendLines(env: Environment): readonly string[] {
  const found = listProviders().flatMap(({ id, keyVariables }) => {
    const variable = keyVariables.find((name) => (env[name] ?? '').trim() !== '');
    return variable === undefined ? [] : [{ id, variable }];
  });
  const intro = [
    '# Who draws: names of your own, each with the provider behind it. Keys stay in the environment; here stand the names of',
    '# their variables, never the keys. Providers: imagen backends --all. Settings of one: imagen backends show <name>.',
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
      '    optional: true # left out where the key is not set',
    ]),
    '  stub: # draws offline, for tries',
  ];
}

const REST = [
  '# Where pictures go, and how they are called.',
  '#output:',
  '#  directory: ~/Pictures/imagen',
  "#  naming: '{date}-{prompt:40}-{id:8}'",
  '',
  '# What is written down with a picture.',
  '#store:',
  '#  mark: embed # sidecar: beside the picture; off: nowhere',
  '#  keep_prompt: true',
  '',
  '# What may be spent, in dollars. Days and months are those of UTC.',
  '#budget:',
  '#  per_call_usd: 0.50',
  '#  per_day_usd: 5',
  '#  per_month_usd: 50',
  '',
  '# How many days a submitted job stays open for imagen jobs resume.',
  '#jobs:',
  '#  keep_open_days: 7',
  '',
  '# Words that --style adds, beside those of imagen styles.',
  '#styles:',
  '#  house: flat shapes, two colours, much white space',
  '#  night:',
  '#    prompt: at night, lit by street lamps',
  '#    negative_prompt: daylight',
  '',
  '# What --profile stands for.',
  '#profiles:',
  '#  careful:',
  '#    max_images_per_session: 5',
  '#    defaults:',
  '#      quality: draft',
  '#      size: landscape',
];
