import type { SourceFacts } from './facts.ts';
import { readSource, type SourceFiles } from './files.ts';
import { readFacts } from './read-facts.ts';
import { GLOBAL_OBJECTS } from './references.ts';
import { exceptionPattern, type SourceRule } from './rules.ts';

export interface Finding {
  readonly rule: string;
  /** With `/`, relative to the root. */
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface CheckSourceInput {
  readonly rules: readonly SourceRule[];
  /** Texts by path. Give these or a directory. */
  readonly files?: SourceFiles | undefined;
  readonly directory?: string | undefined;
  /** What paths are told relative to. @default the directory */
  readonly root?: string | undefined;
  /** True for a path below the directory that is left out. */
  readonly isExcluded?: ((path: string) => boolean) | undefined;
}

export interface CheckSourceResult {
  /** In the order of files and lines. */
  readonly findings: readonly Finding[];
  /** How many files each rule looked at, by rule id. A rule that looked at none is asleep. */
  readonly checked: Readonly<Record<string, number>>;
}

/**
 * Applies rules to source files. Reads files; runs none of them.
 * @throws Error when ts-morph is not installed, or when neither files nor a directory is given
 */
export async function checkSource(input: CheckSourceInput): Promise<CheckSourceResult> {
  const { rules, directory, root, isExcluded } = input;
  if (!input.files && !directory) throw new Error('governance: nothing to check. Give `files` or a `directory`.');
  const files = { ...(directory && (await readSource(directory, { root, isExcluded }))), ...input.files };
  const facts = await readFacts(files);
  const findings: Finding[] = [];
  const checked: Record<string, number> = {};
  for (const rule of rules) {
    const isMeant = scopeOf(rule);
    checked[rule.id] = 0;
    for (const [file, said] of facts) {
      if (!isMeant(file)) continue;
      checked[rule.id]! += 1;
      for (const { line, what } of violations(rule, file, said)) {
        findings.push({ rule: rule.id, file, line, message: `${what} ${rule.why}` });
      }
    }
  }
  findings.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
  return { findings, checked };
}

/** `file:line rule: message`, as editors and CI logs link it. */
export function formatFinding({ file, line, rule, message }: Finding): string {
  return `${file}:${line} ${rule}: ${message}`;
}

function scopeOf({ within = [''], except = [] }: SourceRule): (file: string) => boolean {
  const inside = within.map((text) => new RegExp(text));
  const outside = except.map((exception) => new RegExp(exceptionPattern(exception)));
  return (file) => inside.some((pattern) => pattern.test(file)) && !outside.some((pattern) => pattern.test(file));
}

interface Violation {
  readonly line: number;
  readonly what: string;
}

function violations(rule: SourceRule, file: string, facts: SourceFacts): Violation[] {
  const found = new Map<string, Violation>();
  const add = (line: number, what: string) => found.set(`${line} ${what}`, { line, what });

  for (const { line, path, isWhole } of facts.uses) {
    for (const forbidden of rule.globals ?? []) {
      if (path === forbidden || path.startsWith(`${forbidden}.`)) add(line, `\`${forbidden}\` is used.`);
      else if (isWhole && holds(path, forbidden))
        add(line, `\`${path}\` is taken as a whole, with \`${forbidden}\` in it.`);
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
    if (word) add(line, `The name \`${name}\` holds the word "${word}".`);
  }
  if (rule.textWords) {
    for (const { line, text } of facts.texts) {
      const word = forbiddenWord(text, rule.textWords);
      if (word) add(line, `A text holds the word "${word}".`);
    }
    const word = forbiddenWord(file, rule.textWords);
    if (word) add(1, `The file name holds the word "${word}".`);
  }
  for (const { line, construct } of facts.constructs) {
    if (rule.constructs?.includes(construct)) add(line, `There is a ${construct}.`);
  }
  const { imports } = rule;
  for (const { line, kind, from } of imports ? facts.imports : []) {
    if (imports && isForbiddenImport(imports, kind, from)) add(line, `\`${from}\` is imported (${kind}).`);
  }
  return [...found.values()];
}

/** Whether a value of the platform can be reached from another one. */
function holds(path: string, forbidden: string): boolean {
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

/** The forbidden word in a name or text: as a word, as its plural, or as several words in a row. */
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
