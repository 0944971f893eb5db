/** Finds images of earlier responses by their ids. */
import type { ImageManager } from '../../../../index.ts';
import { HttpFault } from '../../http/http-fault.ts';
import type { ImageSource } from '../request/image-source.ts';
import { readImageSources } from '../request/image-source.ts';
import type { ResponseInput } from './parse-response-request.ts';
import { readImageCallId, readResponseId } from './response-document.ts';

/** @throws HttpFault 400: there is no such image */
export async function toImageSources(
  input: ResponseInput,
  manager: Pick<ImageManager, 'findCall'>,
): Promise<readonly ImageSource[]> {
  switch (input.kind) {
    case 'link':
      return readImageSources({ image_url: input.url }, input.param);
    case 'file':
      return readImageSources({ file_id: input.id }, input.param);
    case 'call':
    case 'response':
      return [{ kind: 'stored', id: await findEarlier(input, manager) }];
    default:
      return input satisfies never;
  }
}

async function findEarlier(
  { kind, id, param }: Extract<ResponseInput, { kind: 'call' | 'response' }>,
  manager: Pick<ImageManager, 'findCall'>,
): Promise<string> {
  const run = readResponseId(id);
  const place = kind === 'call' ? readImageCallId(id) : run === undefined ? undefined : { run, index: 0 };
  const call = place && (await manager.findCall(place.run));
  const stored = place && call?.artifacts[place.index];
  if (stored !== undefined) return stored;
  const message = 'This server has no stored image of that id. Pass the image itself as `input_image`.';
  throw new HttpFault(400, 'invalid_value', message, { param });
}
