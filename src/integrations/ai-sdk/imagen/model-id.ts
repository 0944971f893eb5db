/** Reads the model id of an AI SDK model: `provider/model`, `provider`, a model, `best` or `light`. */
import type { ImageManager } from '../../../manager/index.ts';
import { AiImageError, isModelTier, type ModelCard } from '../../../providers/protocol/index.ts';

/** What a request names. */
export interface NamedModel {
  readonly provider?: string;
  readonly model?: string;
  /** Its card, where one is known. */
  readonly card?: ModelCard;
}

/**
 * A known provider before the first slash comes first, then a known model whose own id has a slash. Any other text before a slash counts as a
 * provider, which the manager finds by its aliases or refuses: sent as a model, a misspelled provider would reach another vendor.
 * @throws AiImageError `invalid_request`: it is empty
 */
export async function readModelId(id: string, manager: Pick<ImageManager, 'models'>): Promise<NamedModel> {
  // A variable that is not set must not choose a model.
  if (typeof id !== 'string' || id.trim() === '' || id.endsWith('/')) {
    throw new AiImageError('invalid_request', 'the id of the model is empty', {
      charged: 'no',
      field: 'model',
      hint: "Pass 'provider/model', a provider, a model, 'best' or 'light'.",
    });
  }
  if (isModelTier(id)) return { model: id };
  const known = await manager.models({ isOffline: true });
  const [first = '', ...rest] = id.split('/');
  const model = rest.join('/');
  const cardsOf = (provider: string) => (Object.hasOwn(known, provider) ? known[provider] : undefined);
  const cardIn = (cards: Readonly<Record<string, ModelCard>> = {}, name: string) =>
    Object.hasOwn(cards, name) ? cards[name] : undefined;
  const ownCard = Object.values(known)
    .map((cards) => cardIn(cards, id))
    .find((card) => card !== undefined);
  if (rest.length === 0) {
    const isProvider = ownCard === undefined && cardsOf(id) !== undefined;
    return isProvider ? { provider: id } : withCard({ model: id }, ownCard);
  }
  if (cardsOf(first) === undefined && ownCard !== undefined) return withCard({ model: id }, ownCard);
  return withCard({ provider: first, model }, cardIn(cardsOf(first), model));
}

const withCard = (named: NamedModel, card: ModelCard | undefined): NamedModel =>
  card === undefined ? named : { ...named, card };
