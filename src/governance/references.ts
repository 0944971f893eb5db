/** Finds the platform values that a file uses, by full name, in every notation. */
import { isBuiltin } from 'node:module';
import type { ts } from 'ts-morph';

type Compiler = typeof ts;

export interface Reference {
  readonly path: string;
  readonly isWhole: boolean;
}

/** The names of the global object. */
export const GLOBAL_OBJECTS: readonly string[] = ['globalThis', 'window', 'self', 'global'];

/** Built-in modules whose exports are also globals, with the global's name. */
const SAME_AS_GLOBAL: Readonly<Record<string, string>> = {
  'node:process': 'process',
  'node:console': 'console',
  'node:timers': '',
  'node:perf_hooks': '',
  'node:crypto': 'crypto',
};

/** Creates a reader that returns the references that start at a node; an empty list for other nodes. */
export function createReferenceReader(
  compiler: Compiler,
  checker: ts.TypeChecker,
): (node: ts.Node) => readonly Reference[] {
  return (node) => {
    const root = rootOf(node);
    return root === undefined ? [] : follow(node, root).flatMap(withoutGlobalObject);
  };

  /** Returns the first name of a reference to the platform that starts at this node. */
  function rootOf(node: ts.Node): string | undefined {
    if (compiler.isMetaProperty(node)) return `${compiler.tokenToString(node.keywordToken)}.${node.name.text}`;
    if (compiler.isCallExpression(node)) return loadedModule(node);
    if (compiler.isExportSpecifier(node)) {
      const { moduleSpecifier } = node.parent.parent;
      if (!moduleSpecifier || !compiler.isStringLiteral(moduleSpecifier)) return undefined;
      return builtinPath(moduleSpecifier.text, (node.propertyName ?? node.name).text);
    }
    return compiler.isIdentifier(node) && isValueReference(node) ? identifierRoot(node) : undefined;
  }

  function loadedModule(call: ts.CallExpression): string | undefined {
    const [first] = call.arguments;
    if (!first || !compiler.isStringLiteralLike(first)) return undefined;
    const callee = call.expression;
    const isImport = callee.kind === compiler.SyntaxKind.ImportKeyword;
    const name = compiler.isIdentifier(callee)
      ? callee.text
      : compiler.isPropertyAccessExpression(callee)
        ? callee.name.text
        : '';
    return isImport || name === 'require' || name === 'getBuiltinModule' ? builtinPath(first.text) : undefined;
  }

  /** False for names of properties, declarations and labels, and in imports. */
  function isValueReference(node: ts.Identifier): boolean {
    const { parent } = node;
    if (compiler.isPropertyAccessExpression(parent)) return parent.expression === node;
    if (compiler.isImportSpecifier(parent) || compiler.isImportClause(parent) || compiler.isNamespaceImport(parent))
      return false;
    if (compiler.isExportSpecifier(parent) || compiler.isMetaProperty(parent)) return false;
    if (compiler.isBindingElement(parent)) return parent.initializer === node;
    if (compiler.isShorthandPropertyAssignment(parent)) return true;
    return !('name' in parent && parent.name === node);
  }

  function identifierRoot(node: ts.Identifier): string | undefined {
    const symbol = compiler.isShorthandPropertyAssignment(node.parent)
      ? checker.getShorthandAssignmentValueSymbol(node.parent)
      : checker.getSymbolAtLocation(node);
    const declarations = symbol?.declarations ?? [];
    for (const declaration of declarations) {
      const module = importedFrom(declaration);
      if (module === undefined) continue;
      if (!compiler.isImportSpecifier(declaration)) return builtinPath(module);
      const name = (declaration.propertyName ?? declaration.name).text;
      return builtinPath(module, name === 'default' ? undefined : name);
    }
    return declarations.every(isAmbient) ? node.text : undefined;
  }

  function importedFrom(declaration: ts.Declaration): string | undefined {
    const statement = compiler.findAncestor(declaration, compiler.isImportDeclaration);
    return statement && compiler.isStringLiteral(statement.moduleSpecifier)
      ? statement.moduleSpecifier.text
      : undefined;
  }

  /** `declare const process: …` describes a global and does not shadow it. */
  function isAmbient(declaration: ts.Declaration): boolean {
    return (compiler.getCombinedModifierFlags(declaration) & compiler.ModifierFlags.Ambient) !== 0;
  }

  /** Extends the path from the root: `.name`, `['name']`, `{ name } = …`, through parentheses, casts and `await`. */
  function follow(start: ts.Node, root: string): Reference[] {
    let node = start;
    let path = root;
    for (;;) {
      const { parent } = node;
      if (compiler.isPropertyAccessExpression(parent) && parent.expression === node) {
        path += `.${parent.name.text}`;
      } else if (compiler.isElementAccessExpression(parent) && parent.expression === node) {
        const { argumentExpression: key } = parent;
        if (compiler.isStringLiteralLike(key)) path += `.${key.text}`;
        else if (isSymbolConstant(key)) path += '.[symbol]';
        else return [{ path, isWhole: true }];
      } else if (!isTransparent(parent)) {
        break;
      }
      node = parent;
    }
    const { parent } = node;
    if (compiler.isTypeOfExpression(parent)) return [{ path, isWhole: false }];
    if (compiler.isBinaryExpression(parent) && parent.operatorToken.kind === compiler.SyntaxKind.InKeyword) {
      return [{ path, isWhole: false }];
    }
    const isInitializer =
      (compiler.isVariableDeclaration(parent) || compiler.isParameter(parent)) && parent.initializer === node;
    if (isInitializer && compiler.isObjectBindingPattern(parent.name)) return destructuredReferences(path, parent.name);
    return [{ path, isWhole: true }];
  }

  /** A constant that holds `Symbol(…)` or `Symbol.for(…)`. No platform value is under such a key. */
  function isSymbolConstant(key: ts.Expression): boolean {
    const declaration = checker.getSymbolAtLocation(key)?.valueDeclaration;
    if (!declaration || !compiler.isVariableDeclaration(declaration)) return false;
    const { initializer } = declaration;
    const isConstant = (compiler.getCombinedNodeFlags(declaration) & compiler.NodeFlags.Const) !== 0;
    return (
      isConstant &&
      initializer !== undefined &&
      compiler.isCallExpression(initializer) &&
      ['Symbol', 'Symbol.for'].includes(initializer.expression.getText())
    );
  }

  function isTransparent(node: ts.Node): boolean {
    return (
      compiler.isParenthesizedExpression(node) ||
      compiler.isAsExpression(node) ||
      compiler.isSatisfiesExpression(node) ||
      compiler.isTypeAssertionExpression(node) ||
      compiler.isNonNullExpression(node) ||
      compiler.isAwaitExpression(node)
    );
  }

  function destructuredReferences(path: string, pattern: ts.ObjectBindingPattern): Reference[] {
    return pattern.elements.flatMap((element) => {
      const key = element.propertyName ?? element.name;
      if (element.dotDotDotToken || !(compiler.isIdentifier(key) || compiler.isStringLiteralLike(key))) {
        return [{ path, isWhole: true }];
      }
      const below = `${path}.${key.text}`;
      return compiler.isObjectBindingPattern(element.name)
        ? destructuredReferences(below, element.name)
        : [{ path: below, isWhole: true }];
    });
  }
}

/** `node:fs` + `readFile` as `node:fs.readFile`; `node:process` + `env` as `process.env`; `undefined` for a package or file. */
function builtinPath(module: string, name?: string): string | undefined {
  if (!isBuiltin(module)) return undefined;
  const full = module.startsWith('node:') ? module : `node:${module}`;
  const base = SAME_AS_GLOBAL[full] ?? full;
  return [base, name].filter(Boolean).join('.') || full;
}

/** Reports the global object too, so that a rule can forbid it. */
function withoutGlobalObject(reference: Reference): Reference[] {
  const [first, ...rest] = reference.path.split('.');
  if (!first || rest.length === 0 || !GLOBAL_OBJECTS.includes(first)) return [reference];
  return [{ path: first, isWhole: false }, ...withoutGlobalObject({ ...reference, path: rest.join('.') })];
}
