/** Exports images and their sidecars as one zip file. */
import { isAiImageError } from '../../../../index.ts';
import type { Artifact } from '../../../../store/index.ts';
import { HttpFault } from '../../http/http-fault.ts';
import type { ServerContext } from '../../http/server-context.ts';
import { fileNameOf } from '../answers/to-images.ts';
import { writeZip, type ZipEntry } from '../export/write-zip.ts';
import { findImage } from '../input/find-image.ts';
import type { RouteHandler } from '../route-call.ts';

/** Zip files without the extension zip64 end at 4 GiB. Sidecars and headers take the rest. */
const MAX_BYTES = 4 * 1024 ** 3 - 64 * 1024 ** 2;

/** Every id is looked up before the first byte is sent: a status cannot be changed afterwards. */
export const exportImages: RouteHandler<'exportImages'> = async ({ input, context }) => {
  const artifacts: Artifact[] = [];
  for (const [at, id] of input.ids.entries()) {
    // An id that is given twice is exported once.
    if (input.ids.indexOf(id) === at) artifacts.push(await findImage(context.store, id, `ids[${at}]`));
  }
  const bytes = artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0);
  if (bytes > MAX_BYTES) {
    const message = 'The images have more than 4 GiB together, which no zip file can hold. Export fewer at a time.';
    throw new HttpFault(400, 'export_too_large', message, { param: 'ids' });
  }
  return new Response(toStream(writeZip(entriesOf(artifacts, context))), {
    headers: {
      'content-type': 'application/zip',
      'content-disposition': 'attachment; filename="images.zip"',
      'cache-control': 'no-store',
    },
  });
};

type ExportContext = Pick<ServerContext, 'store' | 'onError' | 'now'>;

/** Reads one image at a time. The path on the server is left out. An image that cannot be read must not cut the others off. */
async function* entriesOf(artifacts: readonly Artifact[], context: ExportContext): AsyncGenerator<ZipEntry, void> {
  const encoder = new TextEncoder();
  const missing: string[] = [];
  for (const { path: _, ...sidecar } of artifacts) {
    const name = fileNameOf(sidecar);
    const at = new Date(sidecar.createdAt);
    const bytes = await readImage(sidecar.id, context);
    if (typeof bytes === 'string') missing.push(`${sidecar.id}: ${bytes}\n`);
    else yield { name, bytes, at };
    const text = `${JSON.stringify({ ...sidecar, file: name }, null, 2)}\n`;
    yield { name: `${sidecar.id}.json`, bytes: encoder.encode(text), at };
  }
  if (missing.length > 0) {
    yield { name: 'not-exported.txt', bytes: encoder.encode(missing.join('')), at: new Date(context.now()) };
  }
}

/** @returns the bytes, or why there are none */
async function readImage(id: string, { store, onError }: ExportContext): Promise<Uint8Array | string> {
  try {
    return await store.open(id);
  } catch (error) {
    if (isAiImageError(error) && error.code === 'invalid_request') return 'was deleted meanwhile';
    onError(error);
    return 'cannot be read';
  }
}

/** A client that hangs up ends the reading. */
function toStream(chunks: AsyncGenerator<Uint8Array, void>): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
}
