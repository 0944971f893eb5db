/** Reads facts from source texts with the TypeScript parser and its name resolution. Loads no types, libraries or modules. */
import type { ts } from 'ts-morph';
import type { Construct, ImportKind, SourceFacts } from './facts.ts';
import type { SourceFiles } from './files.ts';
import { loadTsMorph } from './peers.ts';
import { createReferenceReader, GLOBAL_OBJECTS } from './references.ts';
import { COMPONENT } from './script-blocks.ts';

type Compiler = typeof ts;
type Collected = { -readonly [Key in keyof SourceFacts]: SourceFacts[Key][number][] };

/**
 * Reads the facts of source files.
 * @param files source texts by path
 * @returns the facts of each file, by path
 * @throws Error if ts-morph is not installed
 */
export async function readFacts(files: SourceFiles): Promise<ReadonlyMap<string, SourceFacts>> {
  const { Project, ts: compiler } = await loadTsMorph();
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    skipFileDependencyResolution: true,
    compilerOptions: {
      allowJs: true,
      noLib: true,
      noResolve: true,
      jsx: compiler.JsxEmit.Preserve,
      target: compiler.ScriptTarget.ESNext,
      module: compiler.ModuleKind.ESNext,
      // Otherwise the names in a file without imports would be global.
      moduleDetection: compiler.ModuleDetectionKind.Force,
    },
  });
  const sources = Object.entries(files).map(
    ([path, text]) => [path, project.createSourceFile(`/${path}${COMPONENT.test(path) ? '.ts' : ''}`, text)] as const,
  );
  const checker = project.getTypeChecker().compilerObject;
  return new Map(sources.map(([path, source]) => [path, factsOf(compiler, checker, source.compilerNode)]));
}

function factsOf(compiler: Compiler, checker: ts.TypeChecker, source: ts.SourceFile): SourceFacts {
  const facts: Collected = { imports: [], uses: [], names: [], texts: [], calls: [], constructs: [], expressions: [] };
  const readReference = createReferenceReader(compiler, checker);
  const lineOf = (node: ts.Node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;

  const addImport = (node: ts.Node, kind: ImportKind, specifier: ts.Node | undefined) => {
    const isComputed = !specifier || !compiler.isStringLiteralLike(specifier);
    facts.imports.push({ line: lineOf(node), kind, from: staticPrefix(compiler, specifier), isComputed });
    if (isComputed) addConstruct(node, 'computed import');
  };
  const addConstruct = (node: ts.Node, construct: Construct) =>
    facts.constructs.push({ line: lineOf(node), construct });

  visit(source, false);
  for (const { fileName, pos } of source.typeReferenceDirectives) {
    const line = source.getLineAndCharacterOfPosition(pos).line + 1;
    facts.imports.push({ line, kind: 'reference directive', from: fileName, isComputed: false });
  }
  return facts;

  function visit(node: ts.Node, inType: boolean): void {
    const isType =
      inType || (compiler.isTypeNode(node) && !isBaseClass(compiler, node)) || isTypeDeclaration(compiler, node);
    readImports(node);
    readNamesAndTexts(node);
    readConstructs(node);
    if (!isType) {
      for (const { path, isWhole } of readReference(node)) facts.uses.push({ line: lineOf(node), path, isWhole });
    }
    compiler.forEachChild(node, (child) => visit(child, isType));
  }

  function readImports(node: ts.Node): void {
    if (compiler.isImportDeclaration(node)) {
      addImport(node, isTypeOnly(compiler, node.importClause) ? 'type-only import' : 'import', node.moduleSpecifier);
    } else if (compiler.isExportDeclaration(node) && node.moduleSpecifier) {
      addImport(node, isTypeOnly(compiler, node) ? 'type-only re-export' : 're-export', node.moduleSpecifier);
    } else if (compiler.isImportTypeNode(node)) {
      const { argument } = node;
      addImport(node, 'import() type', compiler.isLiteralTypeNode(argument) ? argument.literal : argument);
    } else if (compiler.isExternalModuleReference(node)) {
      addImport(node, 'require', node.expression);
    } else if (compiler.isCallExpression(node)) {
      if (node.expression.kind === compiler.SyntaxKind.ImportKeyword)
        addImport(node, 'dynamic import', node.arguments[0]);
      if (isRequire(compiler, node.expression)) addImport(node, 'require', node.arguments[0]);
    }
  }

  function readNamesAndTexts(node: ts.Node): void {
    const line = lineOf(node);
    if (compiler.isIdentifier(node) || compiler.isPrivateIdentifier(node)) {
      facts.names.push({ line, name: node.text.replace(/^#/, '') });
    } else if (compiler.isStringLiteralLike(node)) {
      facts.texts.push({ line, text: node.text });
      const { parent } = node;
      const isKey = compiler.isElementAccessExpression(parent) || ('name' in parent && parent.name === node);
      if (isKey) facts.names.push({ line, name: node.text });
    } else if (compiler.isTemplateHead(node) || compiler.isTemplateMiddle(node) || compiler.isTemplateTail(node)) {
      facts.texts.push({ line, text: node.text });
    } else if (compiler.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      facts.texts.push({ line, text: node.text });
      facts.expressions.push({ line, source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
    }
  }

  function readConstructs(node: ts.Node): void {
    if (compiler.isClassLike(node)) addConstruct(node, 'class');
    if (compiler.isPropertyAssignment(node) && nameOf(compiler, node.name) === 'shell') {
      if (node.initializer.kind !== compiler.SyntaxKind.FalseKeyword) addConstruct(node, 'shell');
    }
    if (compiler.isElementAccessExpression(node) && !compiler.isStringLiteralLike(node.argumentExpression)) {
      if (/^\(?\s*(globalThis|window|self|global)\b[^.[(]*$/.test(node.expression.getText(source))) {
        addConstruct(node, 'computed global');
      }
    }
    if (compiler.isBinaryExpression(node) && isAssignment(compiler, node) && isOfGlobal(compiler, node.left)) {
      addConstruct(node, 'global assignment');
    }
    if (!compiler.isCallExpression(node) && !compiler.isNewExpression(node)) return;
    const name = nameOf(compiler, node.expression);
    if (name === undefined) return;
    const [first] = node.arguments ?? [];
    if (compiler.isCallExpression(node)) {
      facts.calls.push({ line: lineOf(node), name, argumentCount: node.arguments.length });
    }
    if (name === 'RegExp' && first) {
      const flags = node.arguments?.[1];
      const isWritten = compiler.isStringLiteralLike(first) && (!flags || compiler.isStringLiteralLike(flags));
      if (isWritten) {
        const text = flags && compiler.isStringLiteralLike(flags) ? flags.text : '';
        facts.expressions.push({ line: lineOf(node), source: first.text, flags: text });
      } else if (!compiler.isRegularExpressionLiteral(first)) {
        addConstruct(node, 'computed regular expression');
      }
    }
    const isTimer = name === 'setTimeout' || name === 'setInterval';
    if (isTimer && first && compiler.isStringLiteralLike(first)) addConstruct(node, 'code from text');
    if (name === 'constructor' && compiler.isPropertyAccessExpression(node.expression))
      addConstruct(node, 'code from text');
  }
}

/** `=`, `+=`, `??=` and the like. */
function isAssignment(compiler: Compiler, { operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return kind >= compiler.SyntaxKind.FirstAssignment && kind <= compiler.SyntaxKind.LastAssignment;
}

/** `globalThis.name`, `(window as …)['name']`. */
function isOfGlobal(compiler: Compiler, node: ts.Expression): boolean {
  if (!compiler.isPropertyAccessExpression(node) && !compiler.isElementAccessExpression(node)) return false;
  let object: ts.Expression = node.expression;
  while (compiler.isParenthesizedExpression(object) || compiler.isAsExpression(object)) object = object.expression;
  return compiler.isIdentifier(object) && GLOBAL_OBJECTS.includes(object.text);
}

/** `require(...)`, `require.resolve(...)`, `module.require(...)`, `createRequire(...)(...)`. */
function isRequire(compiler: Compiler, callee: ts.Expression): boolean {
  if (compiler.isCallExpression(callee)) return nameOf(compiler, callee.expression) === 'createRequire';
  if (compiler.isIdentifier(callee)) return callee.text === 'require';
  if (!compiler.isPropertyAccessExpression(callee)) return false;
  return callee.name.text === 'require' || (callee.name.text === 'resolve' && isRequire(compiler, callee.expression));
}

function isTypeOnly(compiler: Compiler, clause: ts.ImportClause | ts.ExportDeclaration | undefined): boolean {
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const named = compiler.isExportDeclaration(clause)
    ? clause.exportClause
    : clause.name
      ? undefined
      : clause.namedBindings;
  if (!named || !('elements' in named)) return false;
  const elements: readonly { readonly isTypeOnly: boolean }[] = named.elements;
  return elements.length > 0 && elements.every((element) => element.isTypeOnly);
}

/** Returns the text of a literal, or the constant beginning of a template or concatenation. */
function staticPrefix(compiler: Compiler, node: ts.Node | undefined): string {
  if (!node) return '';
  if (compiler.isStringLiteralLike(node)) return node.text;
  if (compiler.isTemplateExpression(node)) return node.head.text;
  if (compiler.isBinaryExpression(node)) return staticPrefix(compiler, node.left);
  return '';
}

function nameOf(compiler: Compiler, node: ts.Node): string | undefined {
  if (compiler.isIdentifier(node) || compiler.isStringLiteralLike(node)) return node.text;
  if (compiler.isPropertyAccessExpression(node)) return node.name.text;
  if (compiler.isElementAccessExpression(node)) return nameOf(compiler, node.argumentExpression);
  if (compiler.isParenthesizedExpression(node)) return nameOf(compiler, node.expression);
  return undefined;
}

/** The `Base` in `extends Base` is parsed like a type but is a value. */
function isBaseClass(compiler: Compiler, node: ts.Node): boolean {
  return (
    compiler.isExpressionWithTypeArguments(node) &&
    compiler.isHeritageClause(node.parent) &&
    node.parent.token === compiler.SyntaxKind.ExtendsKeyword &&
    compiler.isClassLike(node.parent.parent)
  );
}

function isTypeDeclaration(compiler: Compiler, node: ts.Node): boolean {
  return compiler.isInterfaceDeclaration(node) || compiler.isTypeAliasDeclaration(node);
}
