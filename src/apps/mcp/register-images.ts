/** Offers the stored images as resources. */
import type { McpServer, ReadResourceResult } from '@modelcontextprotocol/server';
import { isAiImageError, toBase64 } from '../../index.ts';
import { IMAGE_URI } from '../../tool/results/image-uri.ts';
import type { McpConnection } from './mcp-connection.ts';

/** Bytes of an image that is sent whole. As base64 it has 5 million characters, the most that an image in a chat may have. */
const MAX_IMAGE_BYTES = 3_750_000;

export function registerImages(server: McpServer, connection: McpConnection): void {
  const { ResourceTemplate } = connection.sdk;
  server.registerResource(
    'image',
    new ResourceTemplate(`${IMAGE_URI}{id}`, { list: undefined }),
    {
      title: 'Stored image',
      description:
        'An image of the store, by its id. One that is too large for a chat is replaced by a smaller version, with a note.',
    },
    (uri, { id }) => readImage(String(id), uri.href, connection),
  );
}

async function readImage(
  id: string,
  uri: string,
  { sdk, settings: { store, tools, onError } }: McpConnection,
): Promise<ReadResourceResult> {
  try {
    const { mediaType, bytes } = await store.get(id);
    if (bytes <= MAX_IMAGE_BYTES) return oneImage(uri, mediaType, await store.open(id));
    const preview = await tools.preview(id);
    if (preview === undefined) return { contents: [{ uri, mimeType: 'text/plain', text: noPreview(bytes) }] };
    const { contents } = oneImage(uri, preview.mediaType, new Uint8Array(preview.bytes));
    const { width, height } = preview;
    const text = `The image has ${bytes} bytes. This is a smaller version of it, ${width}x${height} pixels.`;
    return { contents: [...contents, { uri, mimeType: 'text/plain', text }] };
  } catch (error) {
    if (isAiImageError(error) && error.code === 'invalid_request') throw new sdk.ResourceNotFoundError(uri);
    onError?.(error);
    // The messages of the store name paths.
    throw new sdk.ProtocolError(
      sdk.ProtocolErrorCode.InternalError,
      'The image cannot be read from the store. Check it with: imagen verify',
    );
  }
}

const oneImage = (uri: string, mimeType: string, bytes: Uint8Array<ArrayBuffer>): ReadResourceResult => ({
  contents: [{ uri, mimeType, blob: toBase64({ imageBytes: bytes }) }],
});

const noPreview = (bytes: number): string =>
  `The image has ${bytes} bytes, too many for a chat. For a smaller version, install the package sharp.`;
