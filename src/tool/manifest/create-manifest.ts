/** Creates the manifest of `generate_image` from what is configured. */

import type { ImageManager } from '../../manager/interfaces/image-manager.ts';
import { isAiImageError, type ModelCard } from '../../providers/protocol/index.ts';
import { LISTED_PROVIDERS } from './listed-providers.ts';
import { createManifestParameters } from './manifest-parameters.ts';
import { listSizes } from './manifest-sizes.ts';
import type { ManifestAuth, ToolManifest } from './tool-manifest.ts';

/** What a manifest says about a provider. An entry of `listProviders()` of the package root is one. */
export interface ManifestProvider {
  /** The provider's id. */
  readonly id: string;
  /** Environment variables that may hold its key; empty when it needs none. */
  readonly keyVariables: readonly string[];
}

export interface ManifestOptions {
  /**
   * The providers whose keys `auth.envs` lists: `listProviders()` of the package root.
   * @default the four providers that hosts know best
   */
  readonly providers?: readonly ManifestProvider[] | undefined;
}

/** The variables that hosts of the first manifests set. */
const LISTED_VARIABLES: readonly ManifestProvider[] = [
  { id: 'openai', keyVariables: ['OPENAI_API_KEY'] },
  { id: 'stability', keyVariables: ['STABILITY_API_KEY'] },
  { id: 'vertex', keyVariables: ['GOOGLE_API_KEY'] },
  { id: 'fal', keyVariables: ['FAL_API_KEY'] },
];

/** The cost of a call, in US dollars, where no price is known. */
const UNKNOWN_COST_USD = 0.04;
/** The first priority after those of the listed providers, and the step to the next one. */
const FURTHER = { first: 110, step: 10, healthCheckInterval: 300 } as const;
/** Digits after the point of a cost. */
const COST_DIGITS = 6;

/**
 * Creates the manifest for hosts that read tools from a file. It lists the providers of the manager, the sizes of their default models and
 * the median of their prices. Sends nothing.
 * @returns a list with one tool: plain JSON
 * @throws AiImageError `not_configured`: a provider lacks a setting
 * @example await writeFile('tools.json', JSON.stringify(await createManifest(manager, { providers: listProviders() })))
 */
export async function createManifest(
  manager: Pick<ImageManager, 'models' | 'plan'>,
  { providers = [] }: ManifestOptions = {},
): Promise<readonly ToolManifest[]> {
  const models = await manager.models({ isOffline: true });
  const names = Object.keys(models);
  const defaults = await Promise.all(names.map((name) => findDefault(manager, name)));
  const cards = defaults.flatMap((found, index) => {
    const card = found && models[names[index] ?? '']?.[found.model];
    return card === undefined ? [] : [card];
  });
  return [toManifest(names, cards, toCost(defaults.flatMap((found) => found?.usd ?? [])), providers)];
}

function toManifest(
  names: readonly string[],
  cards: readonly ModelCard[],
  costPerCall: number,
  known: readonly ManifestProvider[],
): ToolManifest {
  return {
    name: 'generate_image',
    version: '1.0.0',
    description:
      'Generates one to four images from a prompt, saves them, and returns their ids and paths. Most providers charge for every image.',
    side_effects: 'filesystem',
    default_timeout: 120,
    auth: toAuth(known),
    allow_parallel: false,
    idempotency_key: {
      required: true,
      scope: 'per-prompt',
      guidance:
        'Use a hash of the prompt, the seed and the model. A call that is repeated with the same key is paid once.',
    },
    cost_per_call: costPerCall,
    cost_unit: 'USD',
    capabilities: ['image_generation', 'media', 'creative'],
    providers: toProviders(names),
    parameters: createManifestParameters(listSizes(cards)),
  };
}

function toAuth(known: readonly ManifestProvider[]): ManifestAuth {
  const envs: Record<string, ManifestAuth['envs'][string]> = {};
  for (const { id, keyVariables } of [...LISTED_VARIABLES, ...known]) {
    for (const variable of keyVariables) {
      const others = envs[variable]?.providers ?? [];
      envs[variable] = { required: false, providers: [...new Set([...others, toListedName(id)])] };
    }
  }
  const docs = 'At least one key is needed. Each key enables the providers that it is listed for.';
  return { required: true, type: 'api_key', envs, docs };
}

function toProviders(names: readonly string[]): ToolManifest['providers'] {
  const listed = LISTED_PROVIDERS.filter(({ id }) => names.includes(id));
  const further = names.filter((name) => !listed.some(({ id }) => id === name));
  return [
    ...listed.map(({ name, priority, healthCheckInterval }) => ({
      name,
      priority,
      health_check_interval: healthCheckInterval,
    })),
    ...further.map((name, index) => ({
      name,
      priority: FURTHER.first + index * FURTHER.step,
      health_check_interval: FURTHER.healthCheckInterval,
    })),
  ];
}

const toListedName = (id: string): string => LISTED_PROVIDERS.find((each) => each.id === id)?.name ?? id;

/** @returns `undefined`: the provider cannot generate an image from a prompt alone */
async function findDefault(manager: Pick<ImageManager, 'plan'>, provider: string) {
  try {
    const { candidates } = await manager.plan({ prompt: 'an image', provider });
    const [first] = candidates;
    return first && { model: first.model, usd: first.plan.price.usd };
  } catch (error) {
    // A provider that cannot be planned has no price; the manifest still lists it.
    if (isAiImageError(error)) return undefined;
    throw error;
  }
}

/** Returns the median. */
function toCost(prices: readonly number[]): number {
  const sorted = prices.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) return UNKNOWN_COST_USD;
  return Number(((low + high) / 2).toFixed(COST_DIGITS));
}
