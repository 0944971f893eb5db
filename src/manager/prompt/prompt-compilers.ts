/** Adapts a prompt to the way a kind of model reads it. To support another kind, add a row to `DIALECTS`. */

export type PromptDialect = 'tags' | 'sentences' | 'typography';

/** By the model's id; the first match counts. All other models get sentences. */
const DIALECTS: readonly (readonly [models: RegExp, dialect: PromptDialect])[] = [
  [/sdxl|stable-diffusion|sd3|pony|illustrious|animagine/i, 'tags'],
  [/ideogram|recraft|qwen-image|glm-image/i, 'typography'],
];

export const promptDialectOf = (model: string): PromptDialect =>
  DIALECTS.find(([models]) => models.test(model))?.[1] ?? 'sentences';

/** Emphasis as tools for tags write it: `(red fox:1.3)`. */
const WEIGHTED = /\(([^():]{1,200}):(\d(?:\.\d{1,3})?)\)/g;
/** Text in typographic quotation marks. */
const QUOTED = /[“„«]([^“”„«»]{1,200})[”“»]/g;

export interface Compiled {
  readonly text: string;
  readonly notes: readonly string[];
}

/** Compiles the caller's own prompt. Its words stay; weights and quotation marks change. */
export function compileOwn(text: string, dialect: PromptDialect): Compiled {
  if (dialect === 'tags') return { text, notes: [] };
  const plain = text.replaceAll(WEIGHTED, (_, words: string, weight: string) =>
    Number(weight) > 1 ? `${words} (emphasised)` : words,
  );
  const quoted = plain.replaceAll(QUOTED, (_, words: string) => `"${words}"`);
  return {
    text: quoted,
    notes: [
      ...(plain === text ? [] : ['prompt: this model does not read weights; they were replaced by words']),
      ...(quoted === plain ? [] : ['prompt: quotation marks were replaced by straight ones, which mark lettering']),
    ],
  };
}

/** Returns what separates the caller's prompt from added text. */
export function separatorFor(own: string, dialect: PromptDialect): string {
  if (dialect === 'tags') return ', ';
  return /[.!?]$/.test(own) ? ' ' : '. ';
}

/** Compiles text that is added to the prompt: a sentence begins with a capital letter. */
export function compileAdded(text: string, dialect: PromptDialect): string {
  return dialect === 'tags' || text === '' ? text : text.charAt(0).toUpperCase() + text.slice(1);
}
