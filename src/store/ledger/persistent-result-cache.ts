/** Finished results by request key, kept across processes. The images are the files of the artifacts. */
import type { ImageGeneration } from '../../providers/protocol/index.ts';
import { toPromptPlaceholder, withoutPromptFields } from '../artifacts/prompt-placeholder.ts';
import { linkResult } from '../catalog/result-images.ts';
import type { ResultCache, StoredGeneration } from '../interfaces/manager-store.ts';
import { type Database, readText } from '../sql/sql.ts';

/** A stored result: everything except the bytes of its images. */
type StoredResult = Omit<StoredGeneration, 'images' | 'failures'> & {
  readonly images: readonly Omit<ImageGeneration['images'][number], 'imageBytes'>[];
};

export interface ResultCacheSettings {
  /** Reads the file of an artifact; `undefined` when it is missing or was changed. */
  readonly readBytes: (id: string) => Promise<Uint8Array<ArrayBuffer> | undefined>;
  readonly now: () => number;
  /** Whether results contain their prompts, or only hashes. */
  readonly prompts: 'text' | 'hash';
}

export function createPersistentResultCache(
  db: Database,
  { readBytes, now, prompts }: ResultCacheSettings,
): ResultCache {
  return {
    async get(key) {
      const [row] = await db.all('SELECT result FROM results WHERE key = ?', key);
      if (row === undefined) return undefined;
      const known = await restoreResult(readText(row, 'result'), readBytes);
      if (known === undefined) {
        await db.transaction(async (sql) => {
          await sql.run('DELETE FROM results WHERE key = ?', key);
          await sql.run('DELETE FROM result_images WHERE key = ?', key);
        });
      }
      return known;
    },
    async put(key, { failures: _, ...generation }) {
      // A result whose images are not all saved could not be restored.
      if (generation.saved.length !== generation.images.length) return;
      const images = generation.images.map(({ imageBytes: __, link: ___, ...image }) => image);
      const { job: ____, ...rest } = generation;
      const stored = prompts === 'text' ? { ...rest, images } : withoutPrompts({ ...rest, images });
      await db.transaction(async (sql) => {
        // An image may have been deleted in the meantime. Its result would keep the prompt.
        for (const { id } of images) {
          if ((await sql.all('SELECT 1 FROM artifacts WHERE id = ?', id)).length === 0) return;
        }
        await sql.run(
          `INSERT INTO results (key, made_at, result, linked) VALUES (?, ?, ?, 1)
           ON CONFLICT (key) DO UPDATE SET made_at = excluded.made_at, result = excluded.result, linked = 1`,
          ...[key, new Date(now()).toISOString(), JSON.stringify(stored)],
        );
        await linkResult(
          sql,
          key,
          [...images, ...generation.saved].map(({ id }) => id),
        );
      });
    },
  };
}

function withoutPrompts({ images, applied, ...rest }: StoredResult): StoredResult {
  return {
    ...rest,
    applied: withoutPromptFields(applied),
    images: images.map(({ revisedPrompt: _, promptUsed, ...image }) => ({
      ...image,
      promptUsed: toPromptPlaceholder(promptUsed),
    })),
  };
}

/** @returns `undefined` when a part of the result is missing or damaged; the image is then generated again */
async function restoreResult(
  result: string,
  readBytes: (id: string) => Promise<Uint8Array<ArrayBuffer> | undefined>,
): Promise<StoredGeneration | undefined> {
  try {
    // Written above; a damaged one throws or lacks images. `kept` is the name of `saved` in rows of an older version.
    const { images, kept = [], ...rest } = JSON.parse(result) as StoredResult & { kept?: StoredResult['saved'] };
    const found = await Promise.all(
      images.map(async (image) => {
        const imageBytes = await readBytes(image.id);
        return imageBytes === undefined ? [] : [{ ...image, imageBytes }];
      }),
    );
    const [first, ...others] = found.flat();
    if (first === undefined || others.length + 1 !== images.length) return undefined;
    return { ...rest, saved: rest.saved ?? kept, images: [first, ...others], failures: [] };
  } catch {
    return undefined;
  }
}
