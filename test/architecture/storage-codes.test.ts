/** An error that describes a fault of the system, or a lock of another process, has the code `storage_failed`, or computes its code. */
import { readFileSync } from 'node:fs';
import { Project, SyntaxKind } from 'ts-morph';
import { describe, expect, it } from 'vitest';
import { root, sourceFiles } from './support/tree.ts';

/** Texts of errors that are about a disk, a file or a lock. */
const FAULT = /describeSystemError\(|\banother process\b/;
const ERRORS = ['AiImageError', 'UsageError', 'AppError'];

/** Errors that only sound like it. Each has its reason. */
const ALLOWED: Readonly<Record<string, string>> = {
  'src/apps/shared/fetch-jobs.ts': 'a job that another process fetches is in use, and no file is locked',
};

const project = new Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });

/** @returns the errors with a fault of the system and a fixed code that does not fit, for example `new UsageError` */
function misnamed(file: string, source: string): readonly string[] {
  if (!FAULT.test(source)) return [];
  const parsed = project.createSourceFile(file, source, { overwrite: true });
  return parsed.getDescendantsOfKind(SyntaxKind.NewExpression).flatMap((made) => {
    const name = made.getExpression().getText();
    if (!ERRORS.includes(name) || !FAULT.test(made.getText())) return [];
    const [code] = made.getArguments();
    const isFixed = name !== 'AiImageError' || code?.isKind(SyntaxKind.StringLiteral) === true;
    if (!isFixed || code?.getText() === "'storage_failed'") return [];
    return [`${file}:${made.getStartLineNumber()}: ${name}`];
  });
}

const read = (file: string) => readFileSync(`${root}${file}`, 'utf8');

describe('errors about a file or a lock', () => {
  it('have the code storage_failed, unless the path itself is wrong', () => {
    const found = sourceFiles
      .filter((file) => !Object.hasOwn(ALLOWED, file))
      .flatMap((file) => misnamed(file, read(file)));
    expect(found, 'Use storage_failed, or toFileError in the command line.').toEqual([]);
  });

  it('are looked at in the store, the command line and the packages between them', () => {
    const files = sourceFiles.filter((file) => FAULT.test(read(file)));
    for (const folder of ['src/store/files/', 'src/store/operations/', 'src/apps/cli/batch/', 'src/apps/cli/commands/'])
      expect(files.some((file) => file.startsWith(folder))).toBe(true);
  });

  it('are found with another code, and every exception is still needed', () => {
    const planted = {
      "new AiImageError('internal', `cannot write: ${describeSystemError(error)}`)": ['x.ts:1: AiImageError'],
      "new AiImageError('not_configured', 'another process uses the store', { hint })": ['x.ts:1: AiImageError'],
      'new UsageError(`cannot read: ${describeSystemError(error)}`, hint)': ['x.ts:1: UsageError'],
      "new AiImageError('storage_failed', `cannot write: ${describeSystemError(error)}`)": [],
      'new AiImageError(code, `cannot write: ${describeSystemError(error)}`)': [],
      "new UsageError('no such file', hint); describeSystemError(error)": [],
    };
    for (const [source, found] of Object.entries(planted)) expect(misnamed('x.ts', source)).toEqual(found);
    for (const file of Object.keys(ALLOWED)) expect(misnamed(file, read(file))).not.toEqual([]);
  });
});
