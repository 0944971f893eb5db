import type { ImageFormat } from './vocabulary.ts';

/**
 * The canonical result (contract M2, P1): exactly these four fields.
 * `toBlob`, `toDataUrl` and `toBase64` convert it, `saveImage` from `@org/ai-image/store` writes it to a file, and `MEDIA_TYPES[format]` is its
 * media type. A further field needs an amendment of `contracts/ai-image-provider.md`.
 */
export interface AiImageResult {
  /** One complete image file, never empty. Its signature, size and completeness have been checked. */
  readonly imageBytes: Uint8Array<ArrayBuffer>;
  /**
   * The actual format, read from the bytes.
   * @default 'png'
   */
  readonly format: ImageFormat;
  /** The prompt as it was sent, trimmed. */
  readonly promptUsed: string;
  /** The vendor's model id. */
  readonly model: string;
}
