/** Walks every field of a request through a provider's plan, and says what became of it. */
import * as z from 'zod/mini';
import type { ImageRequest, MediaProvider, RequestPlan } from '../../../../src/providers/protocol/index.ts';
import { isAiImageError } from '../../../../src/providers/protocol/index.ts';

/** What can happen to a field. `dropped` is the fault. `unseen`: the request is refused with and without the field, which says nothing. */
export type Fate = 'mapped' | 'adapted' | 'refused' | 'dropped' | 'unseen';

/** Of either kind: an edit may have no prompt. */
export type WalkedRequest = Partial<ImageRequest>;

export interface Step {
  readonly field: string;
  /** The request without the field. */
  readonly base: WalkedRequest;
  readonly variant: WalkedRequest;
}

/** @returns mapped: it changes what is sent; adapted: a warning names it; refused: nothing is sent; else dropped */
export async function fateOf(provider: MediaProvider, { field, base, variant }: Step): Promise<Fate> {
  const before = await planOf(provider, base);
  const after = await planOf(provider, variant);
  if (isRefused(after)) return isRefused(before) ? 'unseen' : 'refused';
  if (after?.adaptations.some((warning) => warning.field === field && warning.code === 'adapted')) return 'adapted';
  if (isRefused(before)) return 'mapped'; // what it lacked was this field
  return JSON.stringify(after?.requests) === JSON.stringify(before?.requests) ? 'dropped' : 'mapped';
}

/** @returns why nothing would be sent; `undefined` when the request goes out */
export async function refusalOf(provider: MediaProvider, request: WalkedRequest): Promise<string | undefined> {
  const plan = await planOf(provider, request);
  if (!isRefused(plan)) return undefined;
  return plan?.refusals.map(({ message }) => message).join('; ') ?? 'it is no request';
}

type Planned = RequestPlan | undefined;
const isRefused = (plan: Planned) => plan === undefined || plan.refusals.length > 0;

/** Plans are pure, and many steps share their base. */
const known = new WeakMap<MediaProvider, WeakMap<object, Promise<Planned>>>();

function planOf(provider: MediaProvider, request: WalkedRequest): Promise<Planned> {
  const plans = known.get(provider) ?? new WeakMap<object, Promise<Planned>>();
  known.set(provider, plans);
  const plan = plans.get(request) ?? makePlan(provider, request);
  plans.set(request, plan);
  return plan;
}

async function makePlan(provider: MediaProvider, request: WalkedRequest): Promise<Planned> {
  try {
    return await provider.plan(request as ImageRequest);
  } catch (error) {
    if (isAiImageError(error) && error.charged === 'no') return undefined; // refused by throwing
    throw error;
  }
}

interface SchemaFacts {
  readonly type: string;
  /** `number_format` on a whole number, which is a check itself. */
  readonly check?: string;
  readonly shape?: Readonly<Record<string, z.ZodMiniType>>;
  readonly innerType?: z.ZodMiniType;
  readonly entries?: Readonly<Record<string, string | number>>;
  readonly checks?: readonly { readonly _zod: { readonly def: CheckFacts } }[];
  readonly element?: z.ZodMiniType;
  readonly valueType?: z.ZodMiniType;
  readonly options?: readonly z.ZodMiniType[];
  readonly items?: readonly z.ZodMiniType[];
  readonly values?: readonly unknown[];
}

interface CheckFacts {
  readonly check?: string;
  readonly value?: number;
  readonly inclusive?: boolean;
}

export const factsOf = (schema: z.ZodMiniType) => schema._zod.def as unknown as SchemaFacts;

/** Each value of each setting that is a closed set: it may choose other cards, or another way of writing a request. */
export function settingChoices(
  schema: z.ZodMiniType | undefined,
): readonly (readonly [name: string, value: unknown])[] {
  const settings = schema === undefined ? {} : (factsOf(schema).shape ?? {});
  return Object.entries(settings).flatMap(([name, setting]) =>
    choicesOf(setting).map((value) => [name, value] as const),
  );
}

function choicesOf(schema: z.ZodMiniType): readonly unknown[] {
  const { innerType, entries = {} } = factsOf(schema);
  return innerType === undefined ? Object.values(entries) : choicesOf(innerType);
}

/**
 * Values that an option can have, made from its schema, or those that it gives as `examples` in zod's registry.
 * @throws Error for a kind of schema that is not known yet: then it has to be taught, not passed over
 */
export function valuesOf(schema: z.ZodMiniType, bytes: Uint8Array): readonly unknown[] {
  const { examples } = (z.globalRegistry.get(schema) ?? {}) as { readonly examples?: readonly unknown[] };
  if (examples !== undefined) return examples;
  const facts = factsOf(schema);
  const { type, innerType, entries, shape, element, valueType, options, items, values, checks = [] } = facts;
  switch (type) {
    case 'optional':
    case 'nullable':
    case 'readonly':
      return valuesOf(innerType!, bytes);
    case 'enum':
      return Object.values(entries!);
    case 'literal':
      return values!;
    case 'boolean':
      return [true, false];
    case 'string':
    case 'unknown':
    case 'lazy': // z.json(), the only kind adapters use
      return ['abc'];
    case 'number':
      return [numberFor([facts, ...checks.map(({ _zod: { def } }) => def)])];
    case 'object':
      return [Object.fromEntries(Object.entries(shape!).map(([key, inner]) => [key, valuesOf(inner, bytes)[0]]))];
    case 'array':
      return [valuesOf(element!, bytes).slice(0, 1)];
    case 'tuple':
      return [items!.map((item) => valuesOf(item, bytes)[0])];
    case 'record':
      return [{ abc: valuesOf(valueType!, bytes)[0] }];
    case 'union':
      return options!.flatMap((option) => valuesOf(option, bytes).slice(0, 1));
    case 'custom': // z.instanceof(Uint8Array), the only kind adapters use
      return [bytes];
    default:
      throw new Error(`options of type ${type} are not known here: teach test/providers/kit/support/walk.ts`);
  }
}

/** In the middle of what is allowed. */
function numberFor(checks: readonly CheckFacts[]): number {
  const isWhole = checks.some(({ check }) => check === 'number_format');
  const bound = (name: string) => checks.find(({ check }) => check === name)?.value;
  const least = bound('greater_than') ?? 1;
  const most = bound('less_than') ?? least + 2;
  const middle = (least + most) / 2;
  return isWhole ? Math.ceil(middle) : middle;
}
