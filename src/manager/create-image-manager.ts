/** Creates the manager that a host app, the command line or a server uses. Its code loads with the first call. */
import type { MediaProvider } from '../providers/protocol/index.ts';
import { checkProviderNames } from './check-provider-names.ts';
import { checkSettingNames } from './check-setting-names.ts';
import type { ImageManager } from './interfaces/image-manager.ts';
import type { KnownProviders } from './interfaces/known-providers.ts';
import { checkManagerSettings, type ManagerSettings } from './settings.ts';
import { createSessions } from './steps/session.ts';

/** What is known without loading the manager. */
type ManagerFacts = Pick<ImageManager, 'store' | 'providers' | 'profiles'>;
type LazyMethod = Exclude<keyof ImageManager, keyof ManagerFacts | 'stream' | 'session' | 'close'>;

/**
 * Creates a manager of these provider objects. Managers share no state. `createImageManager` of the package root also takes ids of this
 * package's providers, knows their aliases, and has a stub for the model `dummy`; this one contains no provider that it is not given.
 * @throws AiImageError `not_configured`: a setting is wrong
 * @example createImageManager({ providers: { openai: createOpenAI({ apiKey }) } })
 */
export const createImageManager = (settings: ManagerSettings): ImageManager => createManagerLazily(settings);

/** @param known what the manager knows about providers besides those in the settings */
export function createManagerLazily(settings: ManagerSettings, known?: KnownProviders): ImageManager {
  checkSettingNames(settings);
  checkManagerSettings(settings);
  checkProviderNames(settings, known);
  const ownSettings = { ...settings };
  let loading: Promise<Omit<ImageManager, 'session' | keyof ManagerFacts>> | undefined;
  let isClosed = false;
  const load = () => {
    loading ??= import('./create-manager.ts').then(({ createManager }) => {
      const manager = createManager(ownSettings, known);
      if (isClosed) void manager.close();
      return manager;
    });
    return loading;
  };
  /** Returns the method, which loads the manager when it is called. */
  const lazy = <Name extends LazyMethod>(name: Name) => {
    const call = async (...args: never[]) => ((await load())[name] as (...args: never[]) => unknown)(...args);
    return call as unknown as ImageManager[Name];
  };
  return {
    store: ownSettings.store,
    providers: Object.keys(ownSettings.providers),
    profiles: Object.keys(ownSettings.profiles ?? {}),
    generate: lazy('generate'),
    async *stream(request, context) {
      yield* (await load()).stream(request, context);
    },
    plan: lazy('plan'),
    resume: lazy('resume'),
    resumeAll: lazy('resumeAll'),
    jobs: lazy('jobs'),
    findCall: lazy('findCall'),
    settle: lazy('settle'),
    each: lazy('each'),
    continue: lazy('continue'),
    rememberPreferences: lazy('rememberPreferences'),
    preferences: lazy('preferences'),
    forget: lazy('forget'),
    session: createSessions(ownSettings),
    models: lazy('models'),
    styles: lazy('styles'),
    health: lazy('health'),
    close: async (options) => {
      isClosed = true;
      if (loading) return (await loading).close(options);
      const closable = Object.values(ownSettings.providers).filter((each): each is MediaProvider => 'close' in each);
      await Promise.all(closable.map((each) => each.close(options)));
    },
  };
}
