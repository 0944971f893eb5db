/** What the token of a request adds to it, and forbids. Nothing is sent before it was checked. */
import type { Candidate, ImageManager, ManagerRequest } from '../../../index.ts';
import { HttpFault } from '../http/http-fault.ts';
import type { Caller } from '../tenants/caller.ts';

/**
 * Adds the profile and the name of the token, and names an allowed provider where the request names none. The result depends only on the
 * request and the settings: a repeated request stays the same request.
 * @throws HttpFault 403 `model_not_allowed`; AiImageError: the request cannot be planned
 */
export async function applyCallerRules(
  given: ManagerRequest,
  { name, profile, models }: Caller,
  manager: Pick<ImageManager, 'plan'>,
): Promise<ManagerRequest> {
  const request: ManagerRequest = {
    ...given,
    ...(profile !== undefined && { profile }),
    metadata: { ...given.metadata, costCenter: name },
  };
  if (models === undefined) return request;
  for (const text of request.fallback ?? []) {
    if (!models.some((entry) => text === entry || splitEntry(text).provider === entry)) throw notAllowed(text, models);
  }
  const named = await nameProvider(request, models, manager);
  const { candidates } = await manager.plan(named);
  const refused = candidates.find((candidate) => !models.some((entry) => isAllowedBy(entry, candidate)));
  if (refused) throw notAllowed(`${refused.provider}/${refused.model}`, models);
  return named;
}

type Named = Pick<Candidate, 'provider' | 'model'>;

/** @param entry `provider` or `provider/model` */
const isAllowedBy = (entry: string, { provider, model }: Named): boolean =>
  entry === provider || entry === `${provider}/${model}`;

/** Splits `provider/model`. Ids of models may have slashes. */
function splitEntry(entry: string): { readonly provider: string; readonly model?: string } {
  const at = entry.indexOf('/');
  return at === -1 ? { provider: entry } : { provider: entry.slice(0, at), model: entry.slice(at + 1) };
}

async function nameProvider(
  request: ManagerRequest,
  models: readonly string[],
  manager: Pick<ImageManager, 'plan'>,
): Promise<ManagerRequest> {
  const { provider, model } = request;
  if (model === undefined) {
    const entry = models.map(splitEntry).find((each) => provider === undefined || each.provider === provider);
    const isWhole = provider !== undefined && models.includes(provider);
    return entry === undefined || isWhole ? request : { ...request, ...entry };
  }
  if (provider !== undefined) return request;
  // Also refused candidates, so that the choice does not depend on the health of a provider.
  const { candidates, refused } = await manager.plan(request);
  const able = [...candidates, ...refused];
  const entry = models.find((each) => able.some((candidate) => isAllowedBy(each, candidate)));
  if (entry === undefined) throw notAllowed(model, models);
  return { ...request, provider: splitEntry(entry).provider };
}

function notAllowed(what: string, models: readonly string[]): HttpFault {
  const allowed = models.length === 0 ? 'none' : models.join(', ');
  return new HttpFault(
    403,
    'model_not_allowed',
    `This token may not use ${what}. Models that it may use: ${allowed}.`,
    {
      type: 'permission_error',
      param: 'model',
    },
  );
}
