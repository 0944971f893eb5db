/** Reads the doc comments of the route table and of its schemas, for descriptions in the OpenAPI document and the reference. */
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

export interface RouteDocs {
  /** Comments by path: `plan` for a route, `ApiRun` for a type, `ApiRun.error.code` and `searchImages.query.text` for fields. */
  readonly descriptions: Readonly<Record<string, string>>;
  /** Paths of fields without a comment. */
  readonly missing: readonly string[];
  /** The names of the types that are inferred from a schema. */
  readonly types: readonly string[];
}

/** Source texts by file name. */
export type Sources = Readonly<Record<string, string>>;

export function readSources(): Sources {
  const files = ['routes.ts', ...readdirSync('src/client/schemas').map((name) => `schemas/${name}`)];
  return Object.fromEntries(files.map((file) => [file, readFileSync(`src/client/${file}`, 'utf8')]));
}

export function readRouteDocs(sources: Sources): RouteDocs {
  const files = Object.entries(sources).map(([name, text]) =>
    ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true),
  );
  const constants = new Map<string, ts.Expression>();
  const types = new Map<string, { readonly schema: string; readonly comment: string }>();
  for (const statement of files.flatMap((file) => [...file.statements])) {
    if (ts.isVariableStatement(statement)) {
      for (const { name, initializer } of statement.declarationList.declarations) {
        if (ts.isIdentifier(name) && initializer) constants.set(name.text, initializer);
      }
    }
    if (ts.isTypeAliasDeclaration(statement)) {
      const [, schema] = /^z\.(?:infer|input)<typeof (\w+)>$/.exec(statement.type.getText()) ?? [];
      if (schema !== undefined) types.set(statement.name.text, { schema, comment: commentOf(statement) });
    }
  }
  const named = new Set([...types.values()].map(({ schema }) => schema));
  const descriptions: Record<string, string> = {};
  const missing: string[] = [];

  function note(path: string, comment: string): void {
    if (comment === '') missing.push(path);
    else descriptions[path] = comment;
  }

  function walk(expression: ts.Expression | undefined, path: string): void {
    for (const [name, { comment, value }] of fieldsOf(expression)) {
      note(`${path}.${name}`, comment);
      if (!isNamed(value)) walk(value, `${path}.${name}`);
    }
  }

  /** A field whose schema has a name of its own is described there. */
  function isNamed(value: ts.Expression | undefined): boolean {
    if (value === undefined) return false;
    if (ts.isIdentifier(value)) return named.has(value.text);
    return ts.isCallExpression(value) && value.arguments.some(isNamed);
  }

  type Field = { readonly comment: string; readonly value: ts.Expression | undefined };

  /** The fields of the first object in an expression: `z.object({ … })`, also inside `listOf(…)`, `z.optional(…)` and the like. */
  function fieldsOf(expression: ts.Expression | undefined): ReadonlyMap<string, Field> {
    const fields = new Map<string, Field>();
    if (expression === undefined) return fields;
    if (ts.isIdentifier(expression)) return fieldsOf(constants.get(expression.text));
    if (ts.isObjectLiteralExpression(expression)) {
      for (const property of expression.properties) {
        if (ts.isSpreadAssignment(property)) {
          for (const [name, field] of fieldsOf(property.expression)) fields.set(name, field);
        } else if (ts.isPropertyAssignment(property)) {
          fields.set(property.name.getText(), { comment: commentOf(property), value: property.initializer });
        }
      }
      return fields;
    }
    if (ts.isSatisfiesExpression(expression) || ts.isAsExpression(expression)) return fieldsOf(expression.expression);
    if (!ts.isCallExpression(expression)) return fields;
    const callee = expression.expression;
    const method = ts.isPropertyAccessExpression(callee) ? callee.name.text : '';
    // `schema.check(…)`: the schema, and not the checks.
    const parts =
      method === 'check' && ts.isPropertyAccessExpression(callee) ? [callee.expression] : expression.arguments;
    const all = parts.map(fieldsOf).filter((each) => each.size > 0);
    const used = method === 'extend' ? all : all.slice(0, 1);
    for (const each of used) for (const [name, field] of each) fields.set(name, field);
    return fields;
  }

  for (const [name, { comment }] of fieldsOf(constants.get('ROUTES'))) note(name, comment);
  for (const [name, { schema, comment }] of types) {
    note(name, comment);
    walk(constants.get(schema), name);
  }
  for (const group of constants.keys()) {
    if (!group.endsWith('_SCHEMAS')) continue;
    for (const [route, { value: parts }] of fieldsOf(constants.get(group))) {
      for (const [part, { value }] of fieldsOf(parts)) if (!isNamed(value)) walk(value, `${route}.${part}`);
    }
  }
  return { descriptions, missing, types: [...types.keys()] };
}

/** The comment as one line. A default becomes a sentence. */
function commentOf(node: ts.Node): string {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const text = ts.getTextOfJSDocComment(doc?.comment) ?? '';
  const defaults = (doc?.tags ?? [])
    .filter(({ tagName }) => tagName.text === 'default')
    .map((tag) => `Default: ${ts.getTextOfJSDocComment(tag.comment)}.`);
  return [text, ...defaults].join(' ').replaceAll(/\s+/g, ' ').trim();
}
