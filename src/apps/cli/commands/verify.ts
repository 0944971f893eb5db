/** `imagen verify`: what an image says of its origin, whether it holds and whether the image is whole; without a name, whether the store is. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { VerifyFinding, VerifyNote } from '../../../store/index.ts';
import { findArtifact, storeToLookAt } from '../../shared/artifacts.ts';
import { type AppContext, openApp } from '../../shared/open-app.ts';
import type { Commands } from '../commands.ts';
import type { CommandContext, GlobalOptions } from '../context.ts';
import { type CheckedFile, checkFile } from '../doctor/check-file.ts';
import type { Exit } from '../exit-codes.ts';
import { columns } from '../output/table.ts';
import { UsageError } from '../usage-error.ts';

export function addVerify({ program, action }: Commands): void {
  program
    .command('verify')
    .description(
      'say where pictures come from and what of it holds: mark, C2PA manifest, sidecar, hash; ends with 10 where something does not hold',
    )
    .argument('[file-or-id...]', 'of the pictures (default: holds every file of the store against its sidecar)')
    .option('--roots <file>', 'PEM: whose signers are trusted; then a manifest of anybody else does not hold')
    .action(action(verify));
}

interface VerifyOptions extends GlobalOptions {
  readonly roots?: string;
}

async function verify(names: readonly string[], options: VerifyOptions, context: CommandContext): Promise<Exit> {
  await using bench = await openApp(options, context, { checkKeys: false });
  if (names.length === 0) return await verifyStore(options, bench, context);
  const { terminal, cwd } = context;
  const roots = options.roots === undefined ? undefined : await readRoots(resolve(cwd, options.roots));
  const paths: string[] = [];
  for (const name of names) paths.push(await toPath(name, bench, cwd));
  const checked: CheckedFile[] = [];
  for (const path of paths) checked.push(await checkFile(path, roots));
  if (options.json) terminal.document({ files: checked.map(toDocument) });
  else for (const line of checked.flatMap(linesOf)) terminal.result(line);
  return checked.every(isSound) ? 'done' : 'faulty';
}

/** What is a file is one; everything else is an id. */
async function toPath(name: string, bench: AppContext, cwd: string): Promise<string> {
  const path = resolve(cwd, name);
  if (existsSync(path)) return path;
  if (/[\\/.]/.test(name)) {
    throw new UsageError(`${name}: there is no such file`, 'Name a picture: its file, its id, or how that begins.');
  }
  return (await findArtifact(storeToLookAt(bench), name)).path;
}

async function readRoots(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new UsageError(`--roots ${path} holds no certificates`, 'Name a PEM file with the roots that you trust.');
}

const isSound = ({ problems, damage }: CheckedFile): boolean => problems.length === 0 && damage === undefined;

function linesOf(file: CheckedFile): readonly string[] {
  const { path, provenance, problems, damage, notes } = file;
  const verdict = [
    ...(problems.length > 0 ? [`DOES NOT HOLD: ${problems.join('; ')}.`] : []),
    ...(damage === undefined ? [] : [`DOES NOT HOLD: ${damage}.`]),
    ...(isSound(file) ? ['Nothing contradicts it.'] : []),
  ];
  return [path, ...[...provenance.lines, ...notes, ...verdict].map((line) => `  ${line}`)];
}

function toDocument(file: CheckedFile): object {
  const { path, provenance, problems, damage, notes } = file;
  const all = damage === undefined ? problems : [...problems, damage];
  return { path, holds: isSound(file), problems: all, notes, ...provenance };
}

async function verifyStore(options: VerifyOptions, bench: AppContext, { terminal }: CommandContext): Promise<Exit> {
  if (options.roots !== undefined) {
    throw new UsageError('--roots is for pictures that are named', 'Name some, or leave --roots out.');
  }
  const store = storeToLookAt(bench);
  const { whole, findings, notes = [] } = await store.verify();
  if (options.json) terminal.document({ directory: store.directory, whole, findings, notes });
  else for (const line of columns([...findings, ...notes].map(rowOf), Number.POSITIVE_INFINITY)) terminal.result(line);
  const pictures = `${whole} ${whole === 1 ? 'picture is' : 'pictures are'} what was kept`;
  const others = findings.length === 0 ? '' : `; not as it should be: ${findings.length}`;
  terminal.notice(`${store.directory}: ${pictures}${others}`);
  return findings.length === 0 ? 'done' : 'faulty';
}

const rowOf = ({ kind, path, says }: VerifyFinding | VerifyNote): readonly string[] => [kind, path, says];
