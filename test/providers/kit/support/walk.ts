/** Walks every field of a request through a provider's plan, and says what became of it. */
import type * as z from 'zod/mini';
import type { ImageRequest, MediaProvider, RequestPlan } from '../../../../src/providers/protocol/index.ts';
import { isAiImageError } from '../../../../src/providers/protocol/index.ts';

/** What a field can come to. `dropped` is what must never be. */
export type Fate = 'mapped' | 'adapted' | 'refused' | 'dropped';

export interface Step {
  readonly field: string;
  /** The request without the field. */
  readonly base: ImageRequest;
  readonly variant: ImageRequest;
}

/** @returns mapped: it changes what is sent; adapted: a warning names it; refused: nothing is sent; else dropped */
export async function fateOf(provider: MediaProvider, { field, base, variant }: Step): Promise<Fate> {
  const before = await planOf(provider, base);
  const after = await planOf(provider, variant);
  if (before === undefined || before.refusals.length > 0) return 'refused'; // not even without the field
  if (after === undefined || after.refusals.length > 0) return 'refused';
  if (after.adaptations.some((warning) => warning.field === field && warning.code === 'adapted')) return 'adapted';
  return JSON.stringify(after.requests) === JSON.stringify(before.requests) ? 'dropped' : 'mapped';
}

async function planOf(provider: MediaProvider, request: ImageRequest): Promise<RequestPlan | undefined> {
  try {
    return await provider.plan(request);
  } catch (error) {
    if (isAiImageError(error) && error.charged === 'no') return undefined; // refused by throwing
    throw error;
  }
}

interface SchemaFacts {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodMiniType>>;
  readonly innerType?: z.ZodMiniType;
  readonly entries?: Readonly<Record<string, string | number>>;
  readonly checks?: readonly { readonly _zod: { readonly def: { readonly check: string; readonly value?: number } } }[];
}

export const factsOf = (schema: z.ZodMiniType) => schema._zod.def as unknown as SchemaFacts;

/**
 * Values that an option can have, made from its schema.
 * @throws Error for a kind of schema that is not known yet: then it has to be taught, not passed over
 */
export function valuesOf(schema: z.ZodMiniType, bytes: Uint8Array): readonly unknown[] {
  const { type, innerType, entries, shape, checks = [] } = factsOf(schema);
  switch (type) {
    case 'optional':
    case 'nullable':
    case 'readonly':
      return valuesOf(innerType!, bytes);
    case 'enum':
      return Object.values(entries!);
    case 'boolean':
      return [true, false];
    case 'string':
      return ['abc'];
    case 'number': {
      const least = checks.map(({ _zod: { def } }) => (def.check === 'greater_than' ? (def.value ?? 0) : 0));
      return [Math.max(...least, 1) + 1];
    }
    case 'object':
      return [Object.fromEntries(Object.entries(shape!).map(([key, inner]) => [key, valuesOf(inner, bytes)[0]]))];
    case 'custom': // z.instanceof(Uint8Array), the only kind adapters use
      return [bytes];
    default:
      throw new Error(`options of type ${type} are not known here: teach test/providers/kit/support/walk.ts`);
  }
}
