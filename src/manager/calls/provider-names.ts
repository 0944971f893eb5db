/** Finds a manager's providers by the names and aliases that callers use. */
import { AiImageError, type MediaProvider } from '../../providers/protocol/index.ts';
import { quoteName } from '../../providers/protocol/input/hide-keys.ts';
import { suggest } from '../../providers/protocol/input/suggest.ts';
import type { KnownProviders } from '../interfaces/known-providers.ts';
import type { ManagerRequest } from '../interfaces/request.ts';
import { DUMMY } from '../prompt/dummy-model.ts';
import type { Providers } from '../steps/choose-targets.ts';

export interface ProviderNames {
  /** Names of the providers, in the order of the settings. */
  readonly order: readonly string[];
  /** Returns the name in the settings for a name, an id or an alias. Any other text is returned as it is. */
  readonly nameOf: (given: string) => string;
  /** Does the same for a text with a model: `dalle/gpt-image-2` becomes `openai/gpt-image-2`. */
  readonly targetOf: (text: string) => string;
  /** Returns the providers for a request. @throws AiImageError `invalid_request`: it names a provider that does not exist */
  readonly providersFor: (request: ManagerRequest) => Providers;
}

/** @param known finds aliases and creates the stub; without it only the names and ids of these providers are known */
export function createProviderNames(providers: Providers, known?: KnownProviders): ProviderNames {
  const order = Object.keys(providers);
  let dummyProvider: Required<MediaProvider> | undefined;

  function nameOf(given: string): string {
    if (Object.hasOwn(providers, given)) return given;
    const id = known?.find(given) ?? given;
    return order.find((name) => name === id) ?? order.find((name) => providers[name]?.id === id) ?? given;
  }

  /** Adds the stub for a dummy image, where the settings have none. */
  function withDummy(request: ManagerRequest): Providers {
    if (request.model !== DUMMY || Object.hasOwn(providers, 'stub')) return providers;
    dummyProvider ??= known?.createStub();
    if (dummyProvider !== undefined) return { ...providers, stub: dummyProvider };
    throw new AiImageError('invalid_request', `model ${DUMMY} needs a provider named stub, and this manager has none`, {
      field: 'model',
      hint: 'Add stub: createStub() to the providers of the manager, or create it with createImageManager of the package root.',
    });
  }

  return {
    order,
    nameOf,
    targetOf(text) {
      const [name = '', ...model] = text.split('/');
      return [nameOf(name), ...model].join('/');
    },
    providersFor(request) {
      const all = withDummy(request);
      const named = [request.provider, ...(request.fallback ?? []).map((text) => text.split('/')[0])];
      const unknown = named.find((name) => name !== undefined && !Object.hasOwn(all, name));
      if (unknown === undefined) return all;
      throw new AiImageError('invalid_request', `there is no provider ${quoteName(unknown)}`, {
        field: unknown === request.provider ? 'provider' : 'fallback',
        hint:
          suggest(unknown, order) ??
          ['The providers of this manager are', `${order.join(', ')}.`, known?.adviceFor(unknown) ?? '']
            .join(' ')
            .trim(),
      });
    },
  };
}
