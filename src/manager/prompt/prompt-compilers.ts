/** How a kind of model likes its prompt. Data: a kind that is missing is a row. */

export type PromptDialect = 'tags' | 'sentences' | 'typography';

/** By the model's id; the first that fits counts. Everything else gets sentences. */
const DIALECTS: readonly (readonly [models: RegExp, dialect: PromptDialect])[] = [
  [/sdxl|stable-diffusion|sd3|pony|illustrious|animagine/i, 'tags'],
  [/ideogram|recraft|qwen-image|glm-image/i, 'typography'],
];

export const promptDialectOf = (model: string): PromptDialect =>
  DIALECTS.find(([models]) => models.test(model))?.[1] ?? 'sentences';

/** `(red fox:1.3)`, as tools for tags write emphasis. */
const WEIGHTED = /\(([^():]{1,200}):(\d(?:\.\d{1,3})?)\)/g;
/** Text in quotation marks of any kind. */
const QUOTED = /[“„«]([^“”„«»]{1,200})[”“»]/g;

export interface Compiled {
  readonly text: string;
  readonly notes: readonly string[];
}

/** The caller's own words as the model reads them best: the words stay, their marks change. */
export function compileOwn(text: string, dialect: PromptDialect): Compiled {
  if (dialect === 'tags') return { text, notes: [] };
  const plain = text.replaceAll(WEIGHTED, (_, words: string, weight: string) =>
    Number(weight) > 1 ? `${words} (emphasised)` : words,
  );
  const quoted = plain.replaceAll(QUOTED, (_, words: string) => `"${words}"`);
  return {
    text: quoted,
    notes: [
      ...(plain === text ? [] : ['prompt: weights are for models that read tags; they became words']),
      ...(quoted === plain ? [] : ['prompt: quotation marks became plain ones, which models take for lettering']),
    ],
  };
}

/** What stands between the caller's words and what is added. */
export function separatorFor(own: string, dialect: PromptDialect): string {
  if (dialect === 'tags') return ', ';
  return /[.!?]$/.test(own) ? ' ' : '. ';
}

/** Added words, as the model reads them best. */
export function compileAdded(text: string, dialect: PromptDialect): string {
  return dialect === 'tags' || text === '' ? text : text.charAt(0).toUpperCase() + text.slice(1);
}
