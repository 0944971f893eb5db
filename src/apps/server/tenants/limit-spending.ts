/** Adds the daily limit of a token to each call. The manager enforces it in its ledger, for all processes that share the ledger. */
import type { ImageManager, ManagerContext, ManagerRequest } from '../../../index.ts';
import type { TokenSettings } from '../settings.ts';

/** @returns the manager; its calls have the limit of the token that `metadata.costCenter` names */
export function limitSpending(manager: ImageManager, tokens: readonly TokenSettings[]): ImageManager {
  const limits = new Map(
    tokens.flatMap(({ name, perDayUsd }) => (perDayUsd === undefined ? [] : [[name, perDayUsd] as const])),
  );
  if (limits.size === 0) return manager;
  const withLimit = ({ metadata }: ManagerRequest, context: ManagerContext = {}): ManagerContext => {
    const projectPerDayUsd = limits.get(String(metadata?.costCenter));
    return projectPerDayUsd === undefined ? context : { ...context, projectPerDayUsd };
  };
  const limited: Pick<ImageManager, 'generate' | 'stream'> = {
    generate: (request, context) => manager.generate(request, withLimit(request, context)),
    stream: (request, context) => manager.stream(request, withLimit(request, context)),
  };
  // A manager of a host may be a class, whose methods a copy would not have.
  return new Proxy(manager, {
    get(target, name) {
      if (name === 'generate' || name === 'stream') return limited[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
