/** Reads the protocol's types from the source and converts them to a canonical form. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type InterfaceDeclaration,
  Node,
  Project,
  type TypeAliasDeclaration,
  type Symbol as TypeSymbol,
  ts,
} from 'ts-morph';
import * as z from 'zod/mini';
import type { ErrorRule } from '../../../src/providers/protocol/index.ts';
import { editRequestSchema, imageRequestSchema } from '../../../src/providers/protocol/request.ts';

/** Types that may change only by amendment. */
export const LOCKED_TYPES = [
  'AiImageResult',
  'GenerateImageParams',
  'AiImageProvider',
  'MediaProvider',
  'JobHandle',
  'Charged',
  'ErrorRule',
  'AiImageErrorCode',
] as const;

/** Data about vendors, which changes with them. */
const NOT_LOCKED = new Set(['ModelCard']);

/** Members of an interface by name (`name?` when optional), or the members of a union, sorted. */
export type TypeForm = Readonly<Record<string, string>> | readonly string[];

export interface ContractForm {
  /** May change only by amendment. */
  readonly locked: {
    readonly types: Readonly<Record<string, TypeForm>>;
    readonly errors: Readonly<Record<string, ErrorRule>>;
    readonly lists: Readonly<Record<string, unknown>>;
    readonly schemas: Readonly<Record<string, unknown>>;
  };
  /** Types that the locked types refer to. They may gain optional fields. */
  readonly growing: Readonly<Record<string, TypeForm>>;
}

export type Edits = Readonly<Record<string, (source: string) => string>>;

/** Reads the contract. @param edits in-memory changes of protocol files, by file name, for tests */
export function readContract(edits: Edits = {}): ContractForm {
  const project = openProtocol(edits);
  const types = readTypes(project);
  const locked = Object.fromEntries(LOCKED_TYPES.map((name) => [name, types.get(name) ?? []]));
  const growing = Object.fromEntries(
    [...types].filter(([name]) => !(name in locked)).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const { ERROR_RULES, ...lists } = readConstants(project);
  const errors = ERROR_RULES as Record<string, ErrorRule>;
  return { locked: { types: locked, errors, lists, schemas: requestSchemas() }, growing };
}

const folder = fileURLToPath(new URL('../../../src/providers/protocol/', import.meta.url));
/** The contract is in the folder itself. Its subfolders hold functions that implement it. */
const sources = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => [file, readFileSync(`${folder}${file}`, 'utf8')] as const);

/** A project with the protocol only: types that it does not declare are kept as written. */
function openProtocol(edits: Edits): Project {
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    compilerOptions: {
      noLib: true,
      types: [],
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      allowImportingTsExtensions: true,
    },
  });
  for (const [file, text] of sources) {
    const edited = edits[file]?.(text);
    if (edited === text) throw new Error(`The planted change does not fit ${file}.`);
    project.createSourceFile(file, edited ?? text);
  }
  return project;
}

/** The exported `as const` constants: the closed lists and the table of errors. */
function readConstants(project: Project): Record<string, unknown> {
  const constants = project
    .getSourceFiles()
    .flatMap((source) => source.getVariableDeclarations())
    .filter((declaration) => declaration.isExported() && /\bas const\b/.test(declaration.getText()));
  return Object.fromEntries(constants.map((each) => [each.getName(), written(each.getInitializerOrThrow())]));
}

function written(node: Node): unknown {
  if (Node.isAsExpression(node) || Node.isSatisfiesExpression(node)) return written(node.getExpression());
  if (Node.isStringLiteral(node)) return node.getLiteralText();
  if (Node.isTrueLiteral(node) || Node.isFalseLiteral(node)) return Node.isTrueLiteral(node);
  if (Node.isArrayLiteralExpression(node)) return node.getElements().map(written);
  if (Node.isObjectLiteralExpression(node)) return Object.assign({}, ...node.getProperties().map(writtenProperty));
  // A constant of the same file, in a spread.
  if (Node.isIdentifier(node)) {
    return written(node.getSourceFile().getVariableDeclarationOrThrow(node.getText()).getInitializerOrThrow());
  }
  throw new Error(`contract-form: ${node.getText()} is not written out.`);
}

function writtenProperty(property: Node): unknown {
  if (Node.isSpreadAssignment(property)) return written(property.getExpression());
  const assignment = property.asKindOrThrow(ts.SyntaxKind.PropertyAssignment);
  return { [assignment.getName()]: written(assignment.getInitializerOrThrow()) };
}

/** The locked types and all protocol types that they refer to, directly or indirectly. */
function readTypes(project: Project): Map<string, TypeForm> {
  const declarations = new Map<string, InterfaceDeclaration | TypeAliasDeclaration>();
  for (const source of project.getSourceFiles()) {
    for (const each of [...source.getInterfaces(), ...source.getTypeAliases()]) declarations.set(each.getName(), each);
  }
  const found = new Map<string, TypeForm>();
  const open: string[] = [...LOCKED_TYPES];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const declaration = declarations.get(name);
    if (!declaration || found.has(name) || NOT_LOCKED.has(name)) continue;
    found.set(name, formOf(declaration));
    const named = declaration.getDescendantsOfKind(ts.SyntaxKind.Identifier).map((identifier) => identifier.getText());
    open.push(...named.filter((each) => declarations.has(each)));
  }
  return found;
}

function formOf(declaration: InterfaceDeclaration | TypeAliasDeclaration): TypeForm {
  if (Node.isTypeAliasDeclaration(declaration)) {
    const type = declaration.getTypeNodeOrThrow();
    return Node.isUnionTypeNode(type) ? type.getTypeNodes().map(textOf).sort() : [textOf(type)];
  }
  // The checker knows inherited and merged members as well.
  const members = declaration.getType().getProperties().map(memberOf);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function memberOf(symbol: TypeSymbol): [name: string, type: string] {
  const forms = symbol.getDeclarations().map((declaration): [string, string] => {
    if (Node.isPropertySignature(declaration)) {
      const mark = declaration.isReadonly() ? 'readonly ' : '';
      return [nameOf(declaration), `${mark}${textOf(declaration.getTypeNodeOrThrow())}`];
    }
    if (Node.isMethodSignature(declaration)) {
      const parameters = declaration.getParameters().map((parameter) => textOf(parameter));
      return [nameOf(declaration), `(${parameters.join(', ')}) => ${textOf(declaration.getReturnTypeNodeOrThrow())}`];
    }
    throw new Error(
      `contract-form: ${symbol.getName()} is a ${declaration.getKindName()}, which has no canonical form yet.`,
    );
  });
  const [first] = forms;
  if (!first) throw new Error(`contract-form: ${symbol.getName()} has no declaration.`);
  return [first[0], forms.map(([, type]) => type).join(' & ')];
}

function nameOf(declaration: { getName(): string; hasQuestionToken(): boolean }): string {
  return declaration.getName() + (declaration.hasQuestionToken() ? '?' : '');
}

const printer = ts.createPrinter({ removeComments: true });

/** As written, without comments and line breaks. */
function textOf(node: Node): string {
  const { compilerNode } = node;
  return printer
    .printNode(ts.EmitHint.Unspecified, compilerNode, compilerNode.getSourceFile())
    .replace(/\s+/g, ' ')
    .replace(/;? }/g, ' }');
}

/** Fields of a request that take any plain object. */
const RECORDS = ['options', 'metadata'];

/** What the JSON Schema says about the fields of a request. In code, editors show the comments of `ImageRequest`. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  prompt: 'What to generate.',
  negativePrompt: 'What to leave out.',
  model: "The vendor's model id. Default: the provider's.",
  n: 'How many images. Default 1.',
  size: "Pixels as 'WIDTHxHEIGHT', or square, landscape, portrait. Default: the model's own.",
  aspectRatio: 'Width to height, e.g. 16:9. Instead of size.',
  style: "A style by the vendor's name.",
  seed: 'Reproduces an image, if the model can. 0 is a seed.',
  'inputImages/items': 'The bytes of an image, an https: link or a data:image/ link.',
  mask: 'A PNG: white = repaint, black = keep, of the size of the first input.',
  options: "The vendor's own settings, checked strictly.",
  metadata: "The caller's own notes; never sent.",
};

/** The request as JSON Schema. JSON has no bytes, so an image is a link there. */
function requestSchemas(): Record<string, unknown> {
  const request = toJsonSchema(imageRequestSchema, 'image-request', 'What a caller asks for.', []);
  const startingFrom = 'What a caller asks for, starting from pictures.';
  const edit = toJsonSchema(editRequestSchema, 'edit-request', startingFrom, ['inputImages']);
  return { 'image-request': request, 'edit-request': edit };
}

function toJsonSchema(
  source: z.ZodMiniType,
  name: string,
  description: string,
  required: readonly string[],
): Record<string, unknown> {
  const schema: { required?: string[] } & Record<string, unknown> = z.toJSONSchema(source, {
    target: 'draft-2020-12',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema, path }) => {
      const { def } = zodSchema._zod;
      const field = path.join('/').replace(/^properties\//, '');
      const own = DESCRIPTIONS[field];
      if (own !== undefined) jsonSchema.description = own;
      if (def.type === 'custom' && RECORDS.includes(field)) {
        Object.assign(jsonSchema, { type: 'object', propertyNames: { type: 'string' }, additionalProperties: {} });
      } else if (def.type === 'custom') {
        jsonSchema.type = 'string';
        jsonSchema.pattern = '^data:image\\/';
        jsonSchema.description =
          'The bytes of a picture. In code a Uint8Array; bytes have no form in JSON, so here a data: link.';
      }
      // In JSON Schema `readOnly` means "never sent by the caller"; the type only means "not changed by us".
      delete jsonSchema.readOnly;
      if (field === 'prompt') jsonSchema.pattern = '\\S';
    },
  });
  const { $schema, ...rest } = schema;
  return {
    $schema,
    $id: `urn:ai-image:${name}`,
    title: name,
    description,
    ...rest,
    required: [...(schema.required ?? []), ...required],
  };
}
