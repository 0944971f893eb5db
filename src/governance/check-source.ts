/** Applies source rules to files. */
import { pathPattern } from './architecture.ts';
import type { SourceFacts } from './facts.ts';
import { readSource, type SourceFiles } from './files.ts';
import { readFacts } from './read-facts.ts';
import { GLOBAL_OBJECTS } from './references.ts';
import type { SourceRule } from './rules.ts';

export interface Finding {
  readonly rule: string;
  /** Relative to the root, with `/`. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface CheckSourceInput {
  readonly rules: readonly SourceRule[];
  /** Source texts by path. Pass these or a directory. */
  readonly files?: SourceFiles | undefined;
  readonly directory?: string | undefined;
  /** Findings have paths relative to this folder. @default the directory */
  readonly root?: string | undefined;
  /** Returns true for paths to skip. */
  readonly isExcluded?: ((path: string) => boolean) | undefined;
}

export interface CheckSourceResult {
  /** Sorted by file and line. */
  readonly findings: readonly Finding[];
  /** Number of files that each rule checked, by rule id. A rule that checked no file proves nothing. */
  readonly checked: Readonly<Record<string, number>>;
}

/**
 * Checks source files against rules. Only reads the files.
 * @throws Error if ts-morph is not installed, or if neither files nor a directory is given
 */
export async function checkSource(input: CheckSourceInput): Promise<CheckSourceResult> {
  const { rules, directory, root, isExcluded } = input;
  if (!input.files && !directory) throw new Error('governance: nothing to check. Pass `files` or a `directory`.');
  const files = { ...(directory && (await readSource(directory, { root, isExcluded }))), ...input.files };
  const facts = await readFacts(files);
  const findings: Finding[] = [];
  const checked: Record<string, number> = {};
  for (const rule of rules) {
    const isInScope = scopeOf(rule);
    checked[rule.id] = 0;
    for (const [file, sourceFacts] of facts) {
      if (!isInScope(file)) continue;
      checked[rule.id]! += 1;
      for (const { line, finding } of violations(rule, file, sourceFacts)) {
        findings.push({ rule: rule.id, file, line, message: `${finding} ${rule.why}` });
      }
    }
  }
  findings.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
  return { findings, checked };
}

/** Formats a finding as `file:line rule: message`, which editors and CI logs turn into a link. */
export function formatFinding({ file, line, rule, message }: Finding): string {
  return `${file}:${line} ${rule}: ${message}`;
}

function scopeOf({ within = [''], except = [] }: SourceRule): (file: string) => boolean {
  const inside = within.map((text) => new RegExp(text));
  const outside = except.map(({ path }) => new RegExp(pathPattern(path)));
  return (file) => inside.some((pattern) => pattern.test(file)) && !outside.some((pattern) => pattern.test(file));
}

interface Violation {
  readonly line: number;
  readonly finding: string;
}

function violations(rule: SourceRule, file: string, facts: SourceFacts): Violation[] {
  const found = new Map<string, Violation>();
  const add = (line: number, finding: string) => found.set(`${line} ${finding}`, { line, finding });

  for (const { line, path, isWhole } of facts.uses) {
    for (const forbidden of rule.globals ?? []) {
      if (path === forbidden || path.startsWith(`${forbidden}.`)) add(line, `\`${forbidden}\` is used.`);
      else if (isWhole && contains(path, forbidden))
        add(line, `\`${path}\` is used as a whole, which includes \`${forbidden}\`.`);
    }
  }
  for (const { line, name, argumentCount } of facts.calls) {
    const isForbidden = rule.calls?.some(
      (call) => call.name === name && (call.argumentCount ?? argumentCount) === argumentCount,
    );
    if (isForbidden) add(line, `\`${name}()\` is called.`);
  }
  for (const { line, name } of facts.names) {
    if (rule.names?.includes(name)) add(line, `The name \`${name}\` is used.`);
    if (!rule.words || rule.allowedNames?.includes(name)) continue;
    const word = forbiddenWord(name, rule.words);
    if (word) add(line, `The name \`${name}\` contains the word "${word}".`);
  }
  if (rule.textWords) {
    for (const { line, text } of facts.texts) {
      const word = forbiddenWord(text, rule.textWords);
      if (word) add(line, `A text contains the word "${word}".`);
    }
    const word = forbiddenWord(file, rule.textWords);
    if (word) add(1, `The file name contains the word "${word}".`);
  }
  for (const { line, construct } of facts.constructs) {
    if (rule.constructs?.includes(construct)) add(line, `A ${construct} is used.`);
  }
  const { imports } = rule;
  for (const { line, kind, from } of imports ? facts.imports : []) {
    if (imports && isForbiddenImport(imports, kind, from)) add(line, `\`${from}\` is imported (${kind}).`);
  }
  return [...found.values()];
}

/** Whether `forbidden` can be reached through the object `path`. */
function contains(path: string, forbidden: string): boolean {
  return (
    forbidden.startsWith(`${path}.`) || (GLOBAL_OBJECTS.includes(path) && !/^(node:|import\.meta)/.test(forbidden))
  );
}

function isForbiddenImport(
  { from, but = [], kinds }: NonNullable<SourceRule['imports']>,
  kind: SourceFacts['imports'][number]['kind'],
  specifier: string,
): boolean {
  const matches = (texts: readonly string[]) => texts.some((text) => new RegExp(text).test(specifier));
  return (!kinds || kinds.includes(kind)) && matches(from) && !matches(but);
}

/** Finds a forbidden word in a name or text: as a word, as a plural, or as several adjacent words. */
function forbiddenWord(text: string, forbidden: readonly string[]): string | undefined {
  const words = text.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g)?.map((word) => word.toLowerCase()) ?? [];
  return forbidden.find((target) =>
    words.some((_, start) => {
      let run = '';
      for (let index = start; index < words.length && run.length < target.length; index++) {
        run += words[index];
        if (run === target || run === `${target}s`) return true;
      }
      return false;
    }),
  );
}
