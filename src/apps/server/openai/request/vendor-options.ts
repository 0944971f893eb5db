/** Adds fields that only OpenAI has as options of the provider, where that changes nothing else. */
import type { ImageManager, ManagerRequest } from '../../../../index.ts';

export interface WithVendorOptions {
  readonly request: ManagerRequest;
  readonly warnings: readonly string[];
}

/**
 * Each option is added if every candidate takes it. Otherwise it would exclude providers, and the request could go to another one. The
 * result does not depend on the order of the candidates, so a repeated request is the same request.
 */
export async function addVendorOptions(
  manager: Pick<ImageManager, 'plan'>,
  request: ManagerRequest,
  options: Readonly<Record<string, unknown>>,
): Promise<WithVendorOptions> {
  const given = Object.entries(options);
  if (given.length === 0) return { request, warnings: [] };
  const able = await countAble(manager, request);
  if (able === 0) return { request, warnings: [] }; // the call is refused for another reason
  let current = request;
  const warnings: string[] = [];
  for (const [name, value] of given) {
    const next = withOption(current, name, value);
    if ((await countAble(manager, next)) === able) current = next;
    else warnings.push(`${name} was ignored: not every provider that could do the request has it.`);
  }
  return { request: current, warnings };
}

async function countAble(manager: Pick<ImageManager, 'plan'>, request: ManagerRequest): Promise<number> {
  const plan = await manager.plan(request).catch(() => undefined); // `generate` reports the error
  return plan?.candidates.length ?? 0;
}

/** The option `quality` replaces the field, which has fewer levels. */
function withOption({ quality, ...request }: ManagerRequest, name: string, value: unknown): ManagerRequest {
  const keepsQuality = quality !== undefined && name !== 'quality';
  const next = { ...request, ...(keepsQuality && { quality }), options: { ...request.options, [name]: value } };
  return next as ManagerRequest; // the same kind of request, with one more option
}
