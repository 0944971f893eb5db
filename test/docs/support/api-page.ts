/** Writes the reference of the API from the OpenAPI document. */
import { createOpenApi } from '../../../src/apps/server/api/openapi/create-openapi.ts';
import { ROUTE_GROUPS, ROUTES, type Route } from '../../../src/client/routes.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description?: string; readonly content?: Content }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** The generated part of docs/api.md. @param descriptions the doc comments of routes, types and fields */
export function apiReference(descriptions: Readonly<Record<string, string>>): string {
  const document = createOpenApi('http://127.0.0.1:4242', descriptions) as unknown as Document;
  const routes = Object.entries<Route>(ROUTES);
  const groups = ROUTE_GROUPS.map((group) =>
    [
      `### ${group}`,
      ...routes.flatMap(([name, route]) => (route.group === group ? [routeSection(name, route, document)] : [])),
    ].join('\n\n'),
  );
  const types = Object.entries(document.components.schemas).filter(([name]) => name !== 'Error');
  return [...groups, '### Types', ...types.map(([name, schema]) => typeSection(name, schema))].join('\n\n');
}

function routeSection(name: string, { method, path }: Route, { paths }: Document): string {
  const { summary, parameters, requestBody, responses } = paths[path]![method.toLowerCase()]!;
  const body = schemaOf(requestBody?.content);
  const fields = [
    ...parameters.map(({ name: field, in: part, schema, description = '' }) => [
      code(field),
      part,
      typeText(schema),
      description,
    ]),
    ...rowsOf(body).map(([field = '', ...cells]) => [field, 'body', ...cells]),
  ];
  return [
    `#### \`${method} ${path}\``,
    `\`client.${name}\`. ${summary}`,
    ...(body?.$ref === undefined ? [] : [`The body is an ${linkTo(body.$ref)}.`]),
    ...(fields.length === 0 ? [] : [table(['Field', 'In', 'Type', 'Meaning'], fields)]),
    answerText(responses),
  ].join('\n\n');
}

function answerText(responses: Operation['responses']): string {
  const answers = Object.entries(responses).filter(([status]) => status !== 'default');
  const [first] = answers;
  if (first === undefined) return '';
  const [status, { description = '', content }] = first;
  const schema = schemaOf(content);
  const also = answers.slice(1).map(([other, { description: text }]) => ` ${other}: ${text}`);
  if (schema === undefined) return `Answer ${status}: ${description}${also.join('')}`;
  if (schema.$ref !== undefined) {
    const what = content?.['text/event-stream'] ? 'events, each an' : 'an';
    return `Answer ${status}: ${what} ${linkTo(schema.$ref)}.${also.join('')}`;
  }
  const rows = rowsOf(schema);
  if (rows.length === 0) return `Answer ${status}: a JSON document.`;
  return `Answer ${status}:${also.join('')}\n\n${table(['Field', 'Type', 'Meaning'], rows)}`;
}

const typeSection = (name: string, schema: Schema): string =>
  [`#### ${name}`, schema.description ?? '', table(['Field', 'Type', 'Meaning'], rowsOf(schema))].join('\n\n');

const schemaOf = (content: Content | undefined): Schema | undefined => Object.values(content ?? {})[0]?.schema;

/** One row for each field, also for those of objects inside. */
function rowsOf(schema: Schema | undefined, prefix = ''): readonly (readonly string[])[] {
  const { properties = {}, required = [] } = schema ?? {};
  return Object.entries(properties).flatMap(([name, field]) => [
    [
      code(`${prefix}${name}`),
      typeText(field) + (required.includes(name) || prefix !== '' ? '' : ', optional'),
      field.description ?? '',
    ],
    ...rowsOf(field, `${prefix}${name}.`),
    ...rowsOf(field.items, `${prefix}${name}[].`),
  ]);
}

function typeText(schema: Schema): string {
  const { $ref, type, enum: values, const: only, items, anyOf, additionalProperties } = schema;
  if ($ref !== undefined) return linkTo($ref);
  if (values !== undefined) return values.map((value) => code(String(value))).join(', ');
  if (only !== undefined) return code(String(only));
  if (anyOf !== undefined) return [...new Set(anyOf.map(typeText))].join(' or ');
  if (items !== undefined) return `list of ${typeText(items)}`;
  if (typeof additionalProperties === 'object' && Object.keys(additionalProperties).length > 0) {
    return `by name: ${typeText(additionalProperties)}`;
  }
  return type === undefined ? 'any' : [type].flat().join(' or ');
}

function linkTo(reference: string): string {
  const name = reference.slice(reference.lastIndexOf('/') + 1);
  return `[${name}](#${name.toLowerCase()})`;
}

const code = (text: string): string => `\`${text}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
