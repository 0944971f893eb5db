/** `imagen verify`: checks where images come from and whether they are intact; without a name, checks the whole store. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { VerifyFinding, VerifyNote } from '../../../store/index.ts';
import { findArtifact, requireExistingStore } from '../../shared/find-artifact.ts';
import type { AppContext } from '../../shared/open-app.ts';
import type { CommandContext, CommandSetup, GlobalOptions } from '../context.ts';
import type { Exit } from '../exit-codes.ts';
import { readFileBytes } from '../flags/read-file.ts';
import { openCommandApp } from '../open-command-app.ts';
import { alignColumns } from '../output/tables/align-columns.ts';
import { UsageError } from '../usage-error.ts';
import { type CheckedFile, checkFile } from '../verify/check-file.ts';

export function addVerify({ command, action }: CommandSetup): void {
  command
    .argument('[file-or-id...]', 'images to check (default: every file of the store against its sidecar)')
    .option('--roots <file>', 'PEM file of trusted root certificates; a manifest of another signer is a problem')
    .action(action(verify));
}

interface VerifyOptions extends GlobalOptions {
  readonly roots?: string;
}

async function verify(names: readonly string[], options: VerifyOptions, context: CommandContext): Promise<Exit> {
  await using app = await openCommandApp(options, context, { checkKeys: false });
  if (names.length === 0) return await verifyStore(options, app, context);
  const { terminal, cwd } = context;
  const roots = options.roots === undefined ? undefined : await readRoots(resolve(cwd, options.roots));
  const paths: string[] = [];
  for (const name of names) paths.push(await toPath(name, app, cwd));
  const checked: CheckedFile[] = [];
  for (const path of paths) checked.push(await checkFile(path, roots));
  if (options.json) terminal.document({ files: checked.map(toDocument) });
  else for (const line of checked.flatMap(linesOf)) terminal.result(line);
  return checked.every(isSound) ? 'done' : 'faulty';
}

/** A file comes before an id of the same name. */
async function toPath(name: string, app: AppContext, cwd: string): Promise<string> {
  const path = resolve(cwd, name);
  if (existsSync(path)) return path;
  if (/[\\/.]/.test(name)) {
    throw new UsageError(
      `${name}: no such file`,
      'Check the path, or name the image by its id or the beginning of its id.',
    );
  }
  return (await findArtifact(requireExistingStore(app), name)).path;
}

const MAX_ROOTS_BYTES = 16_000_000;

async function readRoots(path: string): Promise<string> {
  const toError = (why: string, hint: string) => new UsageError(`--roots ${path}: ${why}`, hint);
  const text = new TextDecoder().decode(await readFileBytes(path, { maxBytes: MAX_ROOTS_BYTES, toError }));
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new UsageError(`--roots ${path} has no certificates`, 'Use a PEM file with the root certificates you trust.');
}

const isSound = ({ problems, damage }: CheckedFile): boolean => problems.length === 0 && damage === undefined;

function linesOf(file: CheckedFile): readonly string[] {
  const { path, provenance, problems, damage, notes } = file;
  const verdict = [
    ...(problems.length > 0 ? [`PROBLEM: ${problems.join('; ')}.`] : []),
    ...(damage === undefined ? [] : [`PROBLEM: ${damage}.`]),
    ...(isSound(file) ? ['No problems found.'] : []),
  ];
  return [path, ...[...provenance.lines, ...notes, ...verdict].map((line) => `  ${line}`)];
}

function toDocument(file: CheckedFile): object {
  const { path, provenance, problems, damage, notes } = file;
  const all = damage === undefined ? problems : [...problems, damage];
  return { path, holds: isSound(file), problems: all, notes, ...provenance };
}

async function verifyStore(options: VerifyOptions, app: AppContext, { terminal }: CommandContext): Promise<Exit> {
  if (options.roots !== undefined) {
    throw new UsageError('--roots needs the names of images', 'Name at least one image, or leave out --roots.');
  }
  const store = requireExistingStore(app);
  const { intact, findings, notes = [] } = await store.verify();
  if (options.json) terminal.document({ directory: store.directory, intact, findings, notes });
  else
    for (const line of alignColumns([...findings, ...notes].map(rowOf), Number.POSITIVE_INFINITY))
      terminal.result(line);
  const summary = `${intact} ${intact === 1 ? 'image is' : 'images are'} intact`;
  const problems = findings.length === 0 ? '' : `; problems: ${findings.length}`;
  terminal.notice(`${store.directory}: ${summary}${problems}`);
  return findings.length === 0 ? 'done' : 'faulty';
}

const rowOf = ({ kind, path, says }: VerifyFinding | VerifyNote): readonly string[] => [kind, path, says];
