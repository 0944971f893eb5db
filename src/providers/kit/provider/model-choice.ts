/** Tells which model a provider uses for a request that names none, or only a tier, before the request is resolved. Internal. */
import type { ImageRequest } from '../../protocol/request.ts';

/** The fields that decide the model. */
export type ModelQuery = Pick<ImageRequest, 'model' | 'inputImages' | 'mask' | 'operation'>;
type ChooseModel = (query: ModelQuery) => Promise<string | undefined>;

const choices = new WeakMap<object, ChooseModel>();

export function setModelChoice(provider: object, choose: ChooseModel): void {
  choices.set(provider, choose);
}

/** @returns undefined for a third-party provider (only its plan says it), and for an operation that no provider has */
export const modelFor = async (provider: object, query: ModelQuery): Promise<string | undefined> =>
  choices.get(provider)?.(query);
