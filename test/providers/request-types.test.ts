import { expect, expectTypeOf, it } from 'vitest';
import type * as z from 'zod/mini';
import type { GenerateImageParams } from '../../src/providers/protocol/provider.ts';
import {
  type EditRequest,
  editRequestSchema,
  type ImageRequest,
  type imageRequestSchema,
} from '../../src/providers/protocol/request.ts';

type Parsed = z.infer<typeof imageRequestSchema>;
type ParsedEdit = z.infer<typeof editRequestSchema> & Pick<EditRequest, 'inputImages'>;

it('the types of a request agree with its schemas, in both directions', () => {
  expectTypeOf<keyof ImageRequest>().toEqualTypeOf<keyof Parsed>();
  expectTypeOf<Parsed>().toExtend<ImageRequest>();
  expectTypeOf<ImageRequest>().toExtend<Parsed>();
  expectTypeOf<keyof EditRequest>().toEqualTypeOf<keyof ParsedEdit>();
  expectTypeOf<ParsedEdit>().toExtend<EditRequest>();
  expectTypeOf<EditRequest>().toExtend<ParsedEdit>();
  // A field that only one of them has, or has with another type, is found.
  expectTypeOf<keyof Omit<Parsed, 'seed'>>().not.toEqualTypeOf<keyof ImageRequest>();
  expectTypeOf<Omit<Parsed, 'seed'> & { seed?: string }>().not.toExtend<ImageRequest>();
  expect(editRequestSchema.safeParse({ prompt: 'a fox', inputImages: [new Uint8Array(1)] }).success).toBe(true);
});

it('a size completes to words and common sizes, and may be any string', () => {
  expectTypeOf<string>().toExtend<NonNullable<GenerateImageParams['size']>>();
  expectTypeOf<NonNullable<ImageRequest['size']>>().toEqualTypeOf<NonNullable<GenerateImageParams['size']>>();
});
