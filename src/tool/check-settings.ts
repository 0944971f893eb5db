/** Checks the settings of the tools when they are created, because a wrong one would be noticed only by an agent. */
import { AiImageError } from '../providers/protocol/index.ts';
import { type FieldKinds, findFieldFault } from '../providers/protocol/input/check-fields.ts';
import { LARGEST_IMAGES, LARGEST_USD, TOOL_DEFAULTS } from './setting-limits.ts';
import type { ImageToolsSettings } from './settings.ts';
import type { FilledSettings } from './tool-set.ts';

const KINDS: FieldKinds<ImageToolsSettings> = {
  manager: ['generate', 'plan', 'models', 'findCall', 'resume', 'session'],
  store: ['get', 'open', 'search', 'loadCall', 'keep', 'reject', 'clearSelection'],
  profile: 'text',
  maxUsd: 'number',
  maxImages: 'number',
  confirmAboveUsd: 'number',
  unpricedUsd: 'number',
  roots: 'texts',
  referenceHosts: 'texts',
  answerWithinMs: 'number',
  linkOf: 'function',
  providers: 'list',
  runner: ['start', 'find', 'close'],
};

const HINTS = { manager: 'Pass what createImageManager returned.', store: 'Pass what createStore returned.' };

const DEFAULTS = {
  ...TOOL_DEFAULTS,
  roots: [],
  referenceHosts: [],
  providers: [],
} satisfies Partial<ImageToolsSettings>;

/** The most that `answerWithinMs` may be: no client waits longer. */
const MAX_WAIT_MS = 600_000;

/** The settings without fields that are undefined. */
type Given = Pick<FilledSettings, 'manager' | 'store'> & Partial<FilledSettings>;

/** @returns a copy of the settings, with the defaults @throws AiImageError `invalid_request`: a setting is missing or wrong */
export function fillSettings(settings: ImageToolsSettings): FilledSettings {
  const fault = findFieldFault(settings, KINDS, { whole: 'the settings', field: 'setting', hints: HINTS });
  if (fault !== undefined) throw refusal(fault.what, fault.hint);
  const { manager, store, profile, runner } = settings;
  if (manager === undefined) throw refusal('setting manager is missing', HINTS.manager);
  if (store === undefined) throw refusal('setting store is missing', HINTS.store);
  // Another store would not have the images that the manager saves, and their ids would lead nowhere.
  if (runner === undefined && manager.store !== store) {
    throw refusal(
      'setting store is not the store of the manager',
      'Pass one store to both: createImageManager({ providers, store }) and createImageTools({ manager, store }).',
    );
  }
  if (profile === '') throw refusal('setting profile is empty', 'Pass the name of a profile, or leave it out.');
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  const filled = { ...DEFAULTS, ...(given as unknown as Given) };
  for (const name of ['maxUsd', 'confirmAboveUsd', 'unpricedUsd'] as const) checkUsd(name, filled[name]);
  checkCount('maxImages', filled.maxImages, LARGEST_IMAGES);
  checkCount('answerWithinMs', filled.answerWithinMs, MAX_WAIT_MS);
  filled.referenceHosts.forEach(checkHost);
  if (filled.roots.includes('')) throw refusal('setting roots has an empty text', 'Pass paths of folders.');
  return { ...filled, roots: [...filled.roots], referenceHosts: [...filled.referenceHosts] };
}

function checkUsd(name: string, value: number): void {
  if (value >= 0 && value <= LARGEST_USD) return;
  throw refusal(`setting ${name} must be an amount of US dollars from 0 to ${LARGEST_USD}`, 'Pass for example 2.5.');
}

function checkCount(name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  throw refusal(`setting ${name} must be a whole number from 0 to ${max}`, 'Leave it out for the default.');
}

function checkHost(host: string, at: number): void {
  const isHost = URL.canParse(`https://${host}/`) && new URL(`https://${host}/`).host === host && !host.includes('*');
  if (isHost) return;
  const hint = 'Pass it without scheme and path, in small letters, e.g. images.example.com.';
  throw refusal(`setting referenceHosts[${at}] must be the name of a host`, hint);
}

const refusal = (what: string, hint: string): AiImageError =>
  new AiImageError('invalid_request', `createImageTools: ${what}`, { hint, charged: 'no' });
