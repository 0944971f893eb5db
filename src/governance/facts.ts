/** Facts about one source file, with line numbers. Rules filter these facts and never look at syntax trees. */

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
  /** The import specifier; for a computed one, its constant beginning. */
  readonly from: string;
  readonly isComputed: boolean;
}

/** A use of a platform value, e.g. `process.env`, `node:fs.readFile`. */
export interface UseFact {
  readonly line: number;
  readonly path: string;
  /** The object itself is used, so all its properties can be reached. */
  readonly isWhole: boolean;
}

/** An identifier or a property key. */
export interface NameFact {
  readonly line: number;
  readonly name: string;
}

/** A string, a part of a template, or a regular expression. */
export interface TextFact {
  readonly line: number;
  readonly text: string;
}

export interface CallFact {
  readonly line: number;
  /** The last part of the called name: `fetch` in `settings.fetch(url)`. */
  readonly name: string;
  readonly argumentCount: number;
}

export const CONSTRUCTS = [
  'class',
  'computed import',
  'computed global',
  'global assignment',
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
  /** Literal regular expressions. */
  readonly expressions: readonly ExpressionFact[];
}
