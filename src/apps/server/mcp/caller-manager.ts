/** The manager as the holder of a token sees it: only the models that the token may use. */
import type { ImageManager } from '../../../index.ts';
import { applyCallerRules } from '../runs/caller-rules.ts';
import type { Caller } from '../tenants/caller.ts';
import { asLibrary } from './to-library-error.ts';

export function callerManager(manager: ImageManager, caller: Caller): ImageManager {
  const seen: Pick<ImageManager, 'plan' | 'models'> = {
    plan: async (request) => manager.plan(await asLibrary(applyCallerRules(request, caller, manager))),
    async models() {
      const { models: allowed } = caller;
      const all = await manager.models();
      if (allowed === undefined) return all;
      const entries = Object.entries(all).map(([provider, cards]) => {
        const own = Object.entries(cards).filter(
          ([model]) => allowed.includes(provider) || allowed.includes(`${provider}/${model}`),
        );
        return [provider, Object.fromEntries(own)] as const;
      });
      return Object.fromEntries(entries.filter(([, cards]) => Object.keys(cards).length > 0));
    },
  };
  // A manager of a host may be a class, whose methods a copy would not have.
  return new Proxy(manager, {
    get(target, name) {
      if (name === 'plan' || name === 'models') return seen[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
