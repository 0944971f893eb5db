/** Reads the image settings of a persona. */
import type { Profile } from '../../manager/interfaces/profile.ts';
import { AiImageError } from '../../providers/protocol/index.ts';
import { quoteName } from '../../providers/protocol/input/hide-keys.ts';
import { suggest } from '../../providers/protocol/input/suggest.ts';
import { OUTSIDE_NAMES, toProviderName } from '../request/provider-names.ts';

/** The block `image_generation` of a persona. */
export interface PersonaImageGeneration {
  /** Whether the persona may generate images. @default true */
  readonly enabled?: boolean | 'True' | 'False' | 'true' | 'false';
  /** Names of providers: those of manifests or of the manager. @default all */
  readonly allowed_providers?: readonly string[];
  /** How many images the persona may generate in one session. @default no limit */
  readonly max_images_per_session?: number;
  /** Text that is added to every prompt. */
  readonly style_guidance?: string;
}

export interface PersonaOptions {
  /**
   * The names of the manager's providers. Other allowed providers are left out of the profile and returned as `unavailable`; a manager
   * refuses a profile that names a provider it does not have.
   * @default all names are kept
   */
  readonly providers?: readonly string[];
}

/** What a persona allows. */
export interface PersonaProfile {
  /** For `profiles` of a manager. With `maxImagesPerSession`, requests need a session; the tools bring one. */
  readonly profile: Profile;
  /** For `maxImages` of `createImageTools`, with one set of tools per session. */
  readonly maxImages?: number;
  /** Allowed providers that the manager does not have. */
  readonly unavailable: readonly string[];
}

const FLAGS: Readonly<Record<string, boolean>> = { True: true, true: true, False: false, false: false };
/** The ids of the providers that manifests name. */
const IDS = Object.values(OUTSIDE_NAMES);
/** What each field must be. */
const FIELDS = {
  enabled: 'true or false',
  allowed_providers: 'a list of names of providers',
  max_images_per_session: 'a whole number, 0 or more',
  style_guidance: 'a text',
} as const satisfies Record<keyof PersonaImageGeneration, string>;
type Field = keyof typeof FIELDS;

/**
 * Turns the block `image_generation` of a persona into a profile. A persona without the block may generate images, without limits of its
 * own.
 * @param persona the persona as parsed JSON. Its other blocks are ignored
 * @throws AiImageError `invalid_request`: the block has an unknown field, or a field with a wrong value
 * @example const { profile, maxImages } = toProfile(JSON.parse(text), { providers: ['openai'] })
 */
export function toProfile(persona: unknown, { providers }: PersonaOptions = {}): PersonaProfile {
  const block = readBlock(persona);
  const { allowed_providers: allowed, max_images_per_session: maxImages, style_guidance: styleGuidance } = block;
  const names = allowed && [...new Set(allowed.map((name) => toProviderName(name, providers ?? IDS)))];
  const isAvailable = (name: string) => providers === undefined || providers.includes(name);
  return {
    profile: {
      ...(block.enabled !== undefined && { enabled: FLAGS[String(block.enabled)] === true }),
      ...(names !== undefined && { allowedProviders: names.filter(isAvailable) }),
      ...(maxImages !== undefined && { maxImagesPerSession: maxImages }),
      ...(styleGuidance !== undefined && styleGuidance.trim() !== '' && { styleGuidance }),
    },
    ...(maxImages !== undefined && { maxImages }),
    unavailable: names?.filter((name) => !isAvailable(name)) ?? [],
  };
}

function readBlock(persona: unknown): PersonaImageGeneration {
  if (!isObject(persona)) throw wrong('the persona must be an object', 'Pass the persona as parsed JSON.');
  const block = Object.hasOwn(persona, 'image_generation') ? persona.image_generation : undefined;
  // Hosts in other languages write an absent block as null.
  if (block === undefined || block === null) return {};
  if (!isObject(block)) throw wrong('image_generation must be an object', 'Leave it out to set no limits.');
  for (const [name, value] of Object.entries(block)) checkField(name, value);
  // Every field was just checked.
  return block as PersonaImageGeneration;
}

function checkField(name: string, value: unknown): void {
  if (!isField(name)) {
    const hint = suggest(name, Object.keys(FIELDS)) ?? `The fields are ${Object.keys(FIELDS).join(', ')}.`;
    throw wrong(`image_generation has no field ${quoteName(name)}`, hint);
  }
  if (fits(name, value)) return;
  throw wrong(`image_generation.${name} must be ${FIELDS[name]}`, 'Change the value, or leave the field out.');
}

const isField = (name: string): name is Field => Object.hasOwn(FIELDS, name);

function fits(field: Field, value: unknown): boolean {
  switch (field) {
    case 'enabled':
      return typeof value === 'boolean' || (typeof value === 'string' && Object.hasOwn(FLAGS, value));
    case 'allowed_providers':
      return Array.isArray(value) && value.every((name) => typeof name === 'string' && name.trim() !== '');
    case 'max_images_per_session':
      return Number.isSafeInteger(value) && Number(value) >= 0;
    case 'style_guidance':
      return typeof value === 'string';
    default:
      return field satisfies never;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wrong = (message: string, hint: string): AiImageError =>
  new AiImageError('invalid_request', `persona: ${message}`, { charged: 'no', hint });
