/** What one file says, as plain facts with line numbers. Rules are filters over these; only this room looks at syntax trees. */

export type ImportKind =
  | 'import'
  | 'type-only import'
  | 're-export'
  | 'type-only re-export'
  | 'dynamic import'
  | 'require'
  | 'import() type'
  | 'reference directive';

export interface ImportFact {
  readonly line: number;
  readonly kind: ImportKind;
  /** What is imported from; of a computed one, the text it surely begins with. */
  readonly from: string;
  readonly isComputed: boolean;
}

/** A value that comes from the platform and not from this file, e.g. `process.env`, `node:fs.readFile`. */
export interface UseFact {
  readonly line: number;
  readonly path: string;
  /** The value itself is taken, so everything below it can be reached from there. */
  readonly isWhole: boolean;
}

/** An identifier or a property key. */
export interface NameFact {
  readonly line: number;
  readonly name: string;
}

/** A string, a piece of a template, or a regular expression. */
export interface TextFact {
  readonly line: number;
  readonly text: string;
}

export interface CallFact {
  readonly line: number;
  /** The last name of what is called: `fetch` in `settings.fetch(url)`. */
  readonly name: string;
  readonly argumentCount: number;
}

export const CONSTRUCTS = [
  'class',
  'computed import',
  'computed global',
  'computed regular expression',
  'code from text',
  'shell',
] as const;
export type Construct = (typeof CONSTRUCTS)[number];

export interface ConstructFact {
  readonly line: number;
  readonly construct: Construct;
}

export interface ExpressionFact {
  readonly line: number;
  readonly source: string;
  readonly flags: string;
}

export interface SourceFacts {
  readonly imports: readonly ImportFact[];
  readonly uses: readonly UseFact[];
  readonly names: readonly NameFact[];
  readonly texts: readonly TextFact[];
  readonly calls: readonly CallFact[];
  readonly constructs: readonly ConstructFact[];
  /** Regular expressions that are written out in the source. */
  readonly expressions: readonly ExpressionFact[];
}
