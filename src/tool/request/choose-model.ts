/** Finds the provider and the model that the arguments of a tool name. Agents write models in several ways. */
import type { ImageManager } from '../../manager/interfaces/image-manager.ts';
import type { ManagerRequest } from '../../manager/interfaces/request.ts';
import { AiImageError, isModelTier, type ModelCard, suggest } from '../../providers/protocol/index.ts';
import { quoteName } from '../../providers/protocol/input/hide-keys.ts';
import { toProviderName } from './provider-names.ts';

type Target = Pick<ManagerRequest, 'provider' | 'model'>;
type Cards = Readonly<Record<string, Readonly<Record<string, ModelCard>>>>;

/** Needs no provider: a manager has a stub for it. */
const DUMMY = 'dummy';

/** Sends nothing. @throws AiImageError `invalid_request`: no provider has the model */
export async function chooseModel(
  { provider, model }: { readonly provider?: string | undefined; readonly model?: string | undefined },
  manager: Pick<ImageManager, 'models'>,
): Promise<Target> {
  if (provider === undefined && model === undefined) return {};
  const cards = await manager.models({ isOffline: true });
  const names = Object.keys(cards);
  const chosen = provider === undefined ? {} : { provider: toProviderName(provider, names) };
  if (model === undefined) return chosen;
  if (isModelTier(model) || model === DUMMY) return { ...chosen, model };
  return chosen.provider === undefined
    ? findAnywhere(model, cards)
    : { provider: chosen.provider, model: ownName(model, chosen.provider, cards) };
}

function findAnywhere(model: string, cards: Cards): Target {
  const names = Object.keys(cards);
  if (names.some((name) => hasCard(cards, name, model))) return { model };
  const [first = '', ...rest] = model.split('/');
  const provider = toProviderName(first, names);
  if (names.includes(provider)) return { provider, ...(rest.length > 0 && { model: rest.join('/') }) };
  // A server that lists no models takes any.
  if (names.some((name) => Object.keys(cards[name] ?? {}).length === 0)) return { model };
  const known = names.flatMap((name) => Object.keys(cards[name] ?? {}));
  throw new AiImageError('invalid_request', `there is no model ${quoteName(model)}`, {
    charged: 'no',
    hint: suggest(model, known) ?? 'list_models lists the models.',
  });
}

/** Removes the provider from the name of a model, unless the vendor's own id begins like that. */
function ownName(model: string, provider: string, cards: Cards): string {
  if (hasCard(cards, provider, model)) return model;
  const [first = '', ...rest] = model.split('/');
  const isPrefix = rest.length > 0 && toProviderName(first, Object.keys(cards)) === provider;
  return isPrefix ? rest.join('/') : model;
}

const hasCard = (cards: Cards, provider: string, model: string): boolean =>
  Object.hasOwn(cards, provider) && Object.hasOwn(cards[provider] ?? {}, model);
