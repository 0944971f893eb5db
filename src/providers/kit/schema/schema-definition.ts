/** Typed access to the internals of a zod schema, which zod itself exposes loosely typed. */
import type * as z from 'zod/mini';

export interface SchemaDefinition {
  readonly type: string;
  /** Of an object. */
  readonly shape?: Readonly<Record<string, z.ZodMiniType>>;
  /** Of an array. */
  readonly element?: z.ZodMiniType;
  /** Of `optional`, `nullable`, `default` and the like. */
  readonly innerType?: z.ZodMiniType;
  /** Of a record. */
  readonly valueType?: z.ZodMiniType;
  /** Of a union. */
  readonly options?: readonly z.ZodMiniType[];
  /** Of a pipe. */
  readonly in?: z.ZodMiniType;
  /** Of a lazy schema. */
  readonly getter?: () => z.ZodMiniType;
}

export function schemaDefinitionOf(schema: z.ZodMiniType): SchemaDefinition {
  return (schema._zod as unknown as { def: SchemaDefinition }).def;
}
