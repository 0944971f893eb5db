/** Reads the models that a server lists. Lists are `{ data }`, `{ models }` or plain arrays, and mix models of all kinds. */
import * as z from 'zod/mini';
import type { ModelCard } from '../protocol/index.ts';
import { cardOf } from './models.ts';
import type { CompatibleSettings } from './wire.ts';

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

export function toModels(answer: unknown, settings: CompatibleSettings): Readonly<Record<string, ModelCard>> {
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

/** Far above what gateways list (a few hundred). */
const MAX_LISTED = 2_000;

/** Leaves out models that the list marks as something other than image models. */
function mayGiveImages({ model_type, type, architecture }: Entry, { api }: CompatibleSettings): boolean {
  const outputs = architecture?.output_modalities;
  if (outputs) return outputs.includes('image');
  const kind = model_type ?? (type === 'model' ? undefined : type);
  return api === 'chat' || kind === undefined || kind === null || /image/i.test(kind);
}
