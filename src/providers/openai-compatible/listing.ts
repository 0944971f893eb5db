/** The models that a server lists. Lists come as `{ data }`, `{ models }` or bare, and mix models of all kinds. */
import * as z from 'zod/mini';
import type { ModelCard } from '../protocol/index.ts';
import { cardOf } from './models.ts';
import type { Settings } from './wire.ts';

const entry = z.object({
  id: z.nullish(z.string()),
  name: z.nullish(z.string()),
  /** Xinference; Vercel AI Gateway. */
  model_type: z.nullish(z.string()),
  type: z.nullish(z.string()),
  /** OpenRouter. */
  architecture: z.nullish(z.object({ output_modalities: z.nullish(z.array(z.string())) })),
});
type Entry = z.output<typeof entry>;

const listed = z.array(z.unknown());
const listSchema = z.union([listed, z.object({ data: listed }), z.object({ models: listed })]);

export function toModels(answer: unknown, settings: Settings): Readonly<Record<string, ModelCard>> {
  const list = listSchema.safeParse(answer);
  if (!list.success) return {};
  const entries = Array.isArray(list.data) ? list.data : 'data' in list.data ? list.data.data : list.data.models;
  const names = entries.slice(0, MAX_LISTED).flatMap((each) => {
    const read = entry.safeParse(each);
    if (!read.success || !mayGiveImages(read.data, settings)) return [];
    return read.data.id ?? read.data.name ?? [];
  });
  return Object.fromEntries(names.map((name) => [name, cardOf(settings, name)]));
}

/** Gateways list a few hundred. */
const MAX_LISTED = 2_000;

/** Only a list that says what its models are can leave some out. */
function mayGiveImages({ model_type, type, architecture }: Entry, { api }: Settings): boolean {
  const outputs = architecture?.output_modalities;
  if (outputs) return outputs.includes('image');
  const kind = model_type ?? (type === 'model' ? undefined : type);
  return api === 'chat' || kind === undefined || kind === null || /image/i.test(kind);
}
