/** `select_image`: records what a person thinks of an image. */
import * as z from 'zod/mini';
import { idArgument } from '../request/argument-schemas.ts';
import { toImageId } from '../results/image-uri.ts';
import { defineTool } from './tool-definition.ts';

export const selectImage = defineTool({
  name: 'select_image',
  title: 'Keep or reject an image',
  description: 'Marks a stored image as kept or rejected, or removes the mark. Deletes nothing. Free.',
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  args: z.strictObject({
    id: idArgument('The id of a stored image.'),
    selection: z.enum(['keep', 'reject', 'clear']).check(z.describe('What to record. clear removes the mark.')),
  }),
  data: z.object({ id: z.string(), selection: z.nullable(z.string()) }),
  async run({ id: given, selection }, { set: { store } }) {
    const id = toImageId(given);
    const changes = { keep: store.keep, reject: store.reject, clear: store.clearSelection };
    const image = await changes[selection](id);
    return { success: true, data: { id: image.id, selection: image.selection ?? null } };
  },
});
