/** Exports images and their sidecars as one zip file. */
import type { Artifact, Store } from '../../../../store/index.ts';
import { HttpFault } from '../../http/http-fault.ts';
import { fileNameOf } from '../answers/to-images.ts';
import { writeZip, type ZipEntry } from '../export/write-zip.ts';
import { findImage } from '../input/find-image.ts';
import type { RouteHandler } from '../route-call.ts';

/** Zip files without the extension zip64 end at 4 GiB. Sidecars and headers take the rest. */
const MAX_BYTES = 4 * 1024 ** 3 - 64 * 1024 ** 2;

/** Every id is looked up before the first byte is sent: a status cannot be changed afterwards. */
export const exportImages: RouteHandler<'exportImages'> = async ({ input, context }) => {
  const artifacts: Artifact[] = [];
  for (const id of new Set(input.ids)) artifacts.push(await findImage(context.store, id));
  const bytes = artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0);
  if (bytes > MAX_BYTES) {
    const message = 'The images have more than 4 GiB together, which no zip file can hold. Export fewer at a time.';
    throw new HttpFault(400, 'export_too_large', message, { param: 'ids' });
  }
  return new Response(toStream(writeZip(entriesOf(artifacts, context.store))), {
    headers: {
      'content-type': 'application/zip',
      'content-disposition': 'attachment; filename="images.zip"',
      'cache-control': 'no-store',
    },
  });
};

/** Reads one image at a time. The path on the server is left out. */
async function* entriesOf(artifacts: readonly Artifact[], store: Store): AsyncGenerator<ZipEntry, void> {
  const encoder = new TextEncoder();
  for (const { path: _, ...sidecar } of artifacts) {
    const name = fileNameOf(sidecar);
    const at = new Date(sidecar.createdAt);
    yield { name, bytes: await store.open(sidecar.id), at };
    const text = `${JSON.stringify({ ...sidecar, file: name }, null, 2)}\n`;
    yield { name: `${sidecar.id}.json`, bytes: encoder.encode(text), at };
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
