/** Marks base64 fields. The transport decodes them while the reply arrives, so adapters receive bytes. */
import * as z from 'zod/mini';

type BlobKind = 'base64' | 'data-url';

const kinds = new WeakMap<object, BlobKind>();

function bytesSchema() {
  return z.custom<Uint8Array>((value) => value instanceof Uint8Array, { error: 'must be base64' });
}

/** A base64 string, with or without a `data:` prefix, as bytes. Any other value is an error. */
export function blob() {
  const schema = bytesSchema();
  kinds.set(schema, 'base64');
  return schema;
}

/** A link as text, or a `data:` URL as bytes. */
export function blobOrLink() {
  const bytes = bytesSchema();
  kinds.set(bytes, 'data-url');
  return z.union([bytes, z.string()]);
}

/** Returns the keys that hold base64 in replies of these schemas. */
export function blobFields(schemas: readonly (z.ZodMiniType | undefined)[]): ReadonlyMap<string, BlobKind> {
  const fields = new Map<string, BlobKind>();
  /** Visited schemas by key, so that a recursive schema is visited once. */
  const visited = new Map<object, Set<string | undefined>>();
  const visit = (schema: unknown, key: string | undefined): void => {
    if (typeof schema !== 'object' || schema === null || !('_zod' in schema)) return;
    const kind = kinds.get(schema);
    if (kind !== undefined && key !== undefined) fields.set(key, kind);
    const keys = visited.get(schema) ?? new Set();
    if (keys.has(key)) return;
    visited.set(schema, keys.add(key));
    const { def } = (schema as z.ZodMiniType)._zod as unknown as { def: Record<string, unknown> };
    for (const [name, child] of Object.entries((def.shape as object | undefined) ?? {})) visit(child, name);
    for (const list of [def.options, def.items])
      for (const each of (list as unknown[] | undefined) ?? []) visit(each, key);
    const lazy = typeof def.getter === 'function' ? def.getter() : undefined;
    const inner = [def.innerType, def.element, def.valueType, def.in, def.out, def.left, def.right, def.rest, lazy];
    for (const each of inner) visit(each, key);
  };
  for (const schema of schemas) visit(schema, undefined);
  return fields;
}
