/** One object that a host app, the command line, a server and an agent's tool stand on. Its code loads with the first call. */
import { createSessions } from './session.ts';
import { checkManagerSettings, type ManagerSettings } from './settings.ts';
import type { ImageManager } from './types.ts';

/**
 * Makes a manager. Two of them share no state.
 * @throws AiImageError `not_configured`: a setting is wrong
 */
export function createImageManager(settings: ManagerSettings): ImageManager {
  checkManagerSettings(settings);
  const own = { ...settings };
  let loading: Promise<Omit<ImageManager, 'session'>> | undefined;
  const manager = () => {
    loading ??= import('./manager.ts').then(({ createManager }) => createManager(own));
    return loading;
  };
  return {
    generate: async (request, context) => (await manager()).generate(request, context),
    async *stream(request, context) {
      yield* (await manager()).stream(request, context);
    },
    plan: async (request) => (await manager()).plan(request),
    resume: async (job, context) => (await manager()).resume(job, context),
    resumeAll: async (context) => (await manager()).resumeAll(context),
    jobs: async () => (await manager()).jobs(),
    each: async (prompt, variations, options) => (await manager()).each(prompt, variations, options),
    continue: async (previous, prompt, more, context) => (await manager()).continue(previous, prompt, more, context),
    keep: async (generation, profile) => (await manager()).keep(generation, profile),
    memory: async (profile) => (await manager()).memory(profile),
    forget: async (profile) => (await manager()).forget(profile),
    session: createSessions(own),
    health: async () => (await manager()).health(),
    close: async () => {
      if (loading) await (await loading).close();
    },
  };
}
