/** The manager of `imagen worker`, `imagen serve` and `imagen mcp`. It can use any provider that `imagen generate` can use, under the same names. */
import { configuredProviders } from '../../../config/get-provider.ts';
import { AiImageError, type ImageManager, type ManagedGeneration, type ManagerRequest } from '../../../index.ts';
import { findProvider } from '../../../providers/registry.ts';
import type { Store } from '../../../store/index.ts';
import type { AppContext } from '../../shared/open-app.ts';
import type { CommandContext } from '../context.ts';
import { jobSaving, unsavedMessages } from '../output/results/write-results.ts';

/** What an error calls the command. */
type Service = 'worker' | 'server' | 'MCP server';

/**
 * A request that names a provider outside the configuration gets a manager of its own, as a call of the command line does. What was paid for
 * and is in memory only is saved elsewhere: images that the store does not take, and bytes of a failed call.
 * @throws AiImageError `not_configured`: there is no provider
 */
export function createServiceManager(
  app: AppContext,
  store: Store,
  context: CommandContext,
  service: Service,
): ImageManager {
  const own = ownProviders(app, context.env, service);
  const { saveImages, rescueBytes } = jobSaving(store, context);
  const base = app.manager(Object.keys(app.config.backends).length > 0 ? [] : own);
  const others = new Map<string, ImageManager>();
  const managerOf = ({ provider }: Pick<ManagerRequest, 'provider'>): ImageManager => {
    if (provider === undefined || own.includes(provider)) return base;
    const manager = others.get(provider) ?? app.manager([provider]);
    others.set(provider, manager);
    return manager;
  };
  return {
    ...base,
    async generate(request, callContext) {
      let generation: ManagedGeneration;
      try {
        const manager = managerOf(request);
        // A session belongs to one manager. Its spending is counted by its name.
        const session = request.session && manager !== base ? manager.session(request.session.id) : request.session;
        generation = await manager.generate(session === undefined ? request : { ...request, session }, callContext);
      } catch (error) {
        throw await rescueBytes(error);
      }
      if (generation.saved.length < generation.images.length) {
        const saved = await saveImages(generation);
        const id = callContext?.callId ?? 'call';
        for (const line of unsavedMessages(saved, generation)) context.terminal.alert(`${id}: ${line}`);
      }
      return generation;
    },
  };
}

/** Names of the providers that the configuration has, or whose key is set. @throws AiImageError `not_configured`: there are none */
function ownProviders(
  { config }: Pick<AppContext, 'config'>,
  env: Readonly<Record<string, string | undefined>>,
  service: Service,
): readonly string[] {
  const backends = Object.keys(config.backends);
  if (backends.length > 0) return backends;
  const named = config.defaultBackend ?? env.AI_IMAGE_PROVIDER?.trim();
  const byName = named === undefined || named === '' ? [] : [findProvider(named) ?? named];
  const own = [...new Set([...byName, ...configuredProviders(env)])];
  if (own.length > 0) return own;
  throw new AiImageError('not_configured', `no API key is set, so the ${service} can generate nothing`, {
    charged: 'no',
    hint: 'Set for example OPENAI_API_KEY, or AI_IMAGE_PROVIDER=stub for test images.',
  });
}
