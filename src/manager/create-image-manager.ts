/** One object that a host app, the command line, a server and an agent's tool stand on. Its code loads with the first call. */
import type { MediaProvider } from '../providers/protocol/index.ts';
import { checkManagerSettings, type ManagerSettings } from './settings.ts';
import { createSessions } from './steps/session.ts';
import type { ImageManager } from './types.ts';

type Later = Exclude<keyof ImageManager, 'stream' | 'session' | 'close'>;

/**
 * Makes a manager. Two of them share no state.
 * @throws AiImageError `not_configured`: a setting is wrong
 */
export function createImageManager(settings: ManagerSettings): ImageManager {
  checkManagerSettings(settings);
  const own = { ...settings };
  let loading: Promise<Omit<ImageManager, 'session'>> | undefined;
  let isClosed = false;
  const manager = () => {
    loading ??= import('./manager.ts').then(({ createManager }) => {
      const made = createManager(own);
      if (isClosed) void made.close();
      return made;
    });
    return loading;
  };
  /** The method, once its code is there. */
  const later = <Name extends Later>(name: Name) => {
    const call = async (...args: never[]) => ((await manager())[name] as (...args: never[]) => unknown)(...args);
    return call as unknown as ImageManager[Name];
  };
  return {
    generate: later('generate'),
    async *stream(request, context) {
      yield* (await manager()).stream(request, context);
    },
    plan: later('plan'),
    resume: later('resume'),
    resumeAll: later('resumeAll'),
    jobs: later('jobs'),
    settle: later('settle'),
    each: later('each'),
    continue: later('continue'),
    keep: later('keep'),
    memory: later('memory'),
    forget: later('forget'),
    session: createSessions(own),
    health: later('health'),
    close: async (options) => {
      isClosed = true;
      if (loading) return (await loading).close(options);
      const closable = Object.values(own.providers).filter((each): each is MediaProvider => 'close' in each);
      await Promise.all(closable.map((each) => each.close(options)));
    },
  };
}
