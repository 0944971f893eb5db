/** The manager of the package root: its providers may be ids, and it knows the aliases of all providers of this package. */
import { checkSettingNames } from '../manager/check-setting-names.ts';
import { createManagerLazily } from '../manager/create-image-manager.ts';
import type { ImageManager } from '../manager/interfaces/image-manager.ts';
import type { ManagerSettings } from '../manager/settings.ts';
import type { AiImageProvider } from '../providers/protocol/provider.ts';
import {
  createProvider,
  findProvider,
  findServers,
  type ProviderId,
  suggestName,
  unknownProvider,
} from '../providers/registry.ts';
import { borrowProvider } from './get-provider.ts';

export interface ImageManagerSettings extends Omit<ManagerSettings, 'providers'> {
  /**
   * Providers by the name that requests use. They are tried in this order. An id, e.g. `'openai'`, stands for `getProvider('openai')`, whose
   * key is in the environment.
   */
  readonly providers: Readonly<Record<string, AiImageProvider | ProviderId>>;
}

/**
 * Creates a manager. Managers share no state.
 * @throws AiImageError `not_configured`: a setting is wrong, or an id names no provider, or one whose key is not in the environment
 * @example createImageManager({ providers: { openai: 'openai', spare: createProvider('xai', { apiKey }) } })
 */
export function createImageManager(settings: ImageManagerSettings): ImageManager {
  checkSettingNames(settings);
  const given: Readonly<Record<string, AiImageProvider | ProviderId>> = settings.providers ?? {};
  const providers = Object.fromEntries(
    Object.entries(given).map(([name, provider]) => [
      name,
      // A provider that the host set with `setProvider` stays open when the manager is closed.
      typeof provider === 'string' ? borrowProvider(provider) : provider,
    ]),
  );
  return createManagerLazily({ ...settings, providers }, { find: findProvider, adviceFor, createStub });
}

function adviceFor(name: string): string {
  const id = findProvider(name);
  if (id !== undefined) return `Add ${id} to the providers of the manager.`;
  if (findServers(name).length > 0) return unknownProvider(name).hint ?? '';
  const suggestion = suggestName(name);
  return suggestion === undefined ? '' : `${suggestion} Then add it to the providers of the manager.`;
}

const createStub = () => createProvider('stub');
