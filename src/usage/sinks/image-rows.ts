/** Turns the stored images of a call into rows of `image_artifacts`. */
import { createHash } from 'node:crypto';
import { isAiImageError } from '../../providers/protocol/errors.ts';
import type { Artifact, Store } from '../../store/index.ts';
import { toDecimalUsd, type UsageRecord } from '../usage-record.ts';

type ImageRow = Readonly<Record<string, unknown>>;

/** Reads the sidecars of the images. An image that was deleted in the meantime has no row. */
export async function imageRowsOf(record: UsageRecord, store: Pick<Store, 'get'>): Promise<readonly ImageRow[]> {
  const rows = [];
  const costs = shareCost(record.costUsd, record.artifacts.length);
  for (const [at, id] of record.artifacts.entries()) {
    const artifact = await findArtifact(id, store);
    if (artifact !== undefined) rows.push(toRow(artifact, record, costs[at] ?? '0'));
  }
  return rows;
}

async function findArtifact(id: string, store: Pick<Store, 'get'>): Promise<Artifact | undefined> {
  try {
    return await store.get(id);
  } catch (error) {
    if (isAiImageError(error) && error.code === 'invalid_request') return undefined;
    throw error;
  }
}

function toRow(artifact: Artifact, { id: record, revision }: UsageRecord, costUsd: string): ImageRow {
  const { id, path, mediaType, promptUsed, provider, model, seed, width, height, createdAt, request } = artifact;
  const metadata = isObject(request.metadata) ? request.metadata : {};
  return {
    artifact: id,
    record,
    revision,
    id: toUuid(id),
    conversation_id: uuidIn(metadata, 'conversation_id', 'conversationId'),
    message_id: uuidIn(metadata, 'message_id', 'messageId'),
    file_path: path,
    mime_type: mediaType,
    // Absent in a store that does not keep prompts.
    prompt: promptUsed ?? null,
    provider,
    model,
    seed: Number.isSafeInteger(seed) ? seed : null,
    size: `${width}x${height}`,
    cost_usd: costUsd,
    created_at: createdAt,
    metadata,
  };
}

/** Splits an amount into equal parts whose sum is exact. The first parts get the rest. */
function shareCost(costUsd: string, count: number): readonly string[] {
  const micros = Number(costUsd.replace('.', ''));
  const [share, rest] = [Math.floor(micros / count), micros % count];
  return Array.from({ length: count }, (_, at) => toDecimalUsd(share + (at < rest ? 1 : 0)));
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** Returns the id itself if it is a UUID, with or without hyphens, and else a UUID made of its hash. */
export function toUuid(id: string): string {
  const digits = UUID.test(id) ? id.replaceAll('-', '').toLowerCase() : hashDigits(id);
  return [0, 8, 12, 16, 20].map((start, at, all) => digits.slice(start, all[at + 1] ?? 32)).join('-');
}

/** A UUID of version 8: 122 bits of the SHA-256 of the id. Source: RFC 9562, section 5.8. */
function hashDigits(id: string): string {
  const bytes = createHash('sha256').update(id).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex');
}

function uuidIn(metadata: Readonly<Record<string, unknown>>, ...names: readonly string[]): string | null {
  const id = names
    .map((name) => metadata[name])
    .find((value) => typeof value === 'string' || typeof value === 'number');
  return id === undefined || id === '' ? null : toUuid(String(id));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
