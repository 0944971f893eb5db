/** A JSON Schema (draft 7). */
export type JsonSchema = Readonly<Record<string, unknown>>;
