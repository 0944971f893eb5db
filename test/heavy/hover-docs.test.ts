import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ENTRIES = [
  'src/index.ts',
  'src/manager/index.ts',
  'src/store/index.ts',
  'src/queue/index.ts',
  'src/usage/index.ts',
  'src/client/index.ts',
  'src/react/index.ts',
  'src/tool/index.ts',
  'src/integrations/ai-sdk/index.ts',
  'src/apps/mcp/index.ts',
  'src/apps/server/index.ts',
  'src/apps/mcp/index.ts',
];
/** Entries with fewer types than the others: more than this number are found. */
const SMALL_ENTRIES: Readonly<Record<string, number>> = { 'src/react/index.ts': 2, 'src/apps/mcp/index.ts': 3 };
/** A file of a host app. It exists in memory only. */
const HOST = `${root}src/host-of-hover-docs.ts`;
const HOST_TEXT = `
import { createProvider, type EditRequest } from './index.ts';
/** Planted. */
export interface Planted {
  /** Described. */
  readonly described: string;
  readonly bare: string;
  /** @default 1 */
  readonly tagged: number;
}
export type PlantedUnion =
  | {
      /** Described. */
      readonly a: 1;
    }
  | { readonly b: 2 };
const provider = createProvider('openai');
export const call = (edit: EditRequest) => provider.generate({ prompt: 'a fox', quality: 'hd', ...edit, options: {} });
call({ prompt: 'a fox', inputImages: [] });
`;

let service: ts.LanguageService;
let program: ts.Program;
let checker: ts.TypeChecker;

beforeAll(() => {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [...ENTRIES.map((file) => root + file), HOST],
    getScriptVersion: () => '1',
    getScriptSnapshot: (file) => {
      const text = file === HOST ? HOST_TEXT : ts.sys.readFile(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => file === HOST || ts.sys.fileExists(file),
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  program = service.getProgram()!;
  checker = program.getTypeChecker();
});

/** The types that a module exports, without functions and constants. */
function exportedTypes(file: string): readonly ts.Symbol[] {
  const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
  const { Interface, TypeAlias, Class, Alias } = ts.SymbolFlags;
  return checker
    .getExportsOfModule(module)
    .map((symbol) => (symbol.flags & Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .filter(({ flags }) => flags & (Interface | TypeAlias | Class));
}

/** The fields that the package declares; those of an array, a string and the like have docs of their own. */
function fieldsOf(symbol: ts.Symbol): readonly ts.Symbol[] {
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  const parts = type.isUnion() ? type.types : [type];
  return parts
    .filter((part) => part.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection))
    .flatMap((part) => checker.getPropertiesOfType(part))
    .filter(({ name }) => !name.startsWith('#')) // private
    .filter((field) => !isMark(field))
    .filter(({ declarations = [] }) =>
      declarations.some((each) => each.getSourceFile().fileName.startsWith(`${root}src/`)),
    );
}

/** The field that tells the members of a union apart, e.g. `kind: 'done'`: its value says what the member is. */
function isMark(field: ts.Symbol): boolean {
  return ['type', 'kind', 'status', 'method'].includes(field.name) && checker.getTypeOfSymbol(field).isStringLiteral();
}

/** What an editor shows when the pointer rests on the field, without tags such as `@default`. */
const textOf = (field: ts.Symbol) => ts.displayPartsToString(field.getDocumentationComment(checker));

const undocumented = (symbols: readonly ts.Symbol[]) =>
  symbols.flatMap((symbol) =>
    fieldsOf(symbol).flatMap((field) => (textOf(field) === '' ? [`${symbol.name}.${field.name}`] : [])),
  );

/** The quick info at the last place where the host's file has this word. */
function hoverOver(word: string): string {
  const info = service.getQuickInfoAtPosition(HOST, HOST_TEXT.lastIndexOf(word));
  return ts.displayPartsToString(info?.documentation);
}

describe('the docs that editors show', () => {
  it.each(ENTRIES)('exist for every field of every type that %s exports', (file) => {
    const types = exportedTypes(root + file);
    expect(types.length).toBeGreaterThan(SMALL_ENTRIES[file] ?? 5);
    expect([...new Set(undocumented(types))].sort()).toEqual([]);
  });

  it('appear where a host calls a provider', () => {
    expect(hoverOver('quality:')).toContain('Each model card maps it');
    expect(hoverOver('inputImages:')).toContain('At least one image to start from');
    expect(hoverOver('options:')).toContain("The vendor's own options");
    expect(hoverOver('generate(')).toContain('Generates one or more images');
  });

  it('are missed where they are missing', () => {
    const planted = exportedTypes(HOST);
    expect(undocumented(planted)).toEqual(['Planted.bare', 'Planted.tagged', 'PlantedUnion.b']);
  });
});
