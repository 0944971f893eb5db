/** Finished results by what was asked, for sessions that outlive a process. The pictures are the artifacts' own files. */
import type { ImageGeneration } from '../../providers/protocol/index.ts';
import { markOf, withoutWords } from '../artifacts/prompt-mark.ts';
import type { ResultCache, StoredGeneration } from '../interfaces.ts';
import { type Database, text } from '../sql/sql.ts';

/** What is remembered of a result; its pictures without their bytes. */
type Remembered = Omit<StoredGeneration, 'images' | 'failures'> & {
  readonly images: readonly Omit<ImageGeneration['images'][number], 'imageBytes'>[];
};

export interface ResultSettings {
  /** Of an artifact; `undefined` where it is gone or not what it was. */
  readonly readBytes: (id: string) => Promise<Uint8Array | undefined>;
  readonly now: () => number;
  /** Whether results keep their prompts. */
  readonly prompts: 'text' | 'hash';
}

export function createPersistentResultCache(db: Database, { readBytes, now, prompts }: ResultSettings): ResultCache {
  return {
    async get(key) {
      const [row] = await db.all('SELECT result FROM results WHERE key = ?', key);
      if (row === undefined) return undefined;
      const known = await revive(text(row, 'result'), readBytes);
      if (known === undefined) await db.run('DELETE FROM results WHERE key = ?', key);
      return known;
    },
    async put(key, { failures: _, ...generation }) {
      // Nothing that has not been kept can be found again.
      if (generation.kept.length !== generation.images.length) return;
      const images = generation.images.map(({ imageBytes: __, link: ___, ...image }) => image);
      const { job: ____, ...rest } = generation;
      const kept = prompts === 'text' ? { ...rest, images } : withoutPrompts({ ...rest, images });
      await db.run(
        `INSERT INTO results (key, made_at, result) VALUES (?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET made_at = excluded.made_at, result = excluded.result`,
        ...[key, new Date(now()).toISOString(), JSON.stringify(kept)],
      );
    },
  };
}

function withoutPrompts({ images, applied, ...rest }: Remembered): Remembered {
  return {
    ...rest,
    applied: withoutWords(applied),
    images: images.map(({ revisedPrompt: _, promptUsed, ...image }) => ({ ...image, promptUsed: markOf(promptUsed) })),
  };
}

/** @returns `undefined` where anything of it is missing or broken: then it is drawn again */
async function revive(
  result: string,
  readBytes: (id: string) => Promise<Uint8Array | undefined>,
): Promise<StoredGeneration | undefined> {
  try {
    const { images, ...rest } = JSON.parse(result) as Remembered; // written above; what is torn throws or lacks its pictures
    const whole = await Promise.all(
      images.map(async (image) => {
        const imageBytes = await readBytes(image.id);
        return imageBytes === undefined ? [] : [{ ...image, imageBytes }];
      }),
    );
    const [first, ...others] = whole.flat();
    if (first === undefined || others.length + 1 !== images.length) return undefined;
    return { ...rest, images: [first, ...others], failures: [] };
  } catch {
    return undefined;
  }
}
