/**
 * Lets a call execute a plan that was made for it, so that nothing is resolved twice. Internal: a context carries the plan under a
 * symbol, and the provider or manager that made the plan finds what it prepared.
 */

const PLAN = Symbol('plan');

/** Returns the context for a call that is to execute `plan`. A plan of another provider, manager or request is ignored. */
export function withPlan<Context extends object>(context: Context, plan: object): Context {
  return { ...context, [PLAN]: plan };
}

/** Returns the plan that the context carries. */
export function planOf(context: object): object | undefined {
  return (context as { readonly [PLAN]?: object })[PLAN]; // only `withPlan` sets it
}

/** What was prepared for a plan. */
export interface PlannedCall<Prepared> {
  readonly prepared: Prepared;
  /** Whether it is for this request too. */
  readonly matches: (request: object) => boolean;
}

export interface PlannedCalls<Prepared> {
  /** @param request what the plan was made for */
  readonly remember: (plan: object, request: object, call: PlannedCall<Prepared>) => void;
  /** @returns undefined when the plan is foreign, or was made for another request or for one that has changed since */
  readonly recall: (plan: object | undefined, request: object) => Prepared | undefined;
}

/**
 * Keeps what one provider or manager prepared for its plans, for as long as the plan exists. What was prepared for a request with input
 * images is also tied to the caller's `inputImages`: a plan alone does not keep their bytes in memory.
 */
export function createPlannedCalls<Prepared>(): PlannedCalls<Prepared> {
  const calls = new WeakMap<object, WeakMap<object, PlannedCall<Prepared>>>();
  return {
    remember(plan, request, call) {
      calls.set(plan, new WeakMap([[holderOf(request) ?? plan, call]]));
    },
    recall(plan, request) {
      const planned = plan && calls.get(plan)?.get(holderOf(request) ?? plan);
      return planned?.matches(request) ? planned.prepared : undefined;
    },
  };
}

/** The caller's object that keeps the bytes of the input images. */
function holderOf({ inputImages, mask }: { readonly inputImages?: unknown; readonly mask?: unknown }) {
  return [inputImages, mask].find((each) => typeof each === 'object' && each !== null);
}
