/** Turns the rows of a batch file into requests. Flags apply to every row without a value of its own. */
import type { ManagerRequest } from '../../../index.ts';
import type { CommandContext } from '../context.ts';
import { REQUEST_FLAGS, type RequestOptions, readRequest } from '../flags/request-flags.ts';
import { UsageError } from '../usage-error.ts';
import type { FileRow, RowFlags } from './batch-file.ts';
import { rowKey } from './journal.ts';
import { type KeyedRow, ROW_NOTE } from './reconcile-batch.ts';
import { PLACEHOLDER } from './variation-rows.ts';

/** Flags of a command that apply to every row. */
export interface CommonFlags extends RequestOptions {
  /** Prompt of rows that have none. */
  readonly prompt?: string;
}

/** Identical rows get different keys, by how many came before. */
export function toRows(rows: readonly FileRow[], options: CommonFlags, context: CommandContext): readonly KeyedRow[] {
  const rowsByFingerprint = new Map<string, number>();
  return rows.map(({ line, flags }): KeyedRow => {
    const merged: RowFlags = { ...pickFlags(options), ...flags };
    const fingerprint = rowKey(merged, 0);
    const before = rowsByFingerprint.get(fingerprint) ?? 0;
    rowsByFingerprint.set(fingerprint, before + 1);
    const key = rowKey(merged, before);
    return {
      ...{ label: `line ${line}`, key, fingerprint, out: merged.out as string | undefined },
      provider: merged.provider as string | undefined,
      load: () => toRequest(merged, key, context),
    };
  });
}

/** Flags that apply to every row without a value of its own. */
function pickFlags(options: CommonFlags): RowFlags {
  const named = ['prompt', ...REQUEST_FLAGS] as const;
  return Object.fromEntries(named.map((name) => [name, options[name]])) as RowFlags;
}

async function toRequest(flags: RowFlags, key: string, context: CommandContext): Promise<ManagerRequest> {
  const { prompt, variation, vendorOptions, ...options } = flags;
  const text = String(prompt ?? '').trim();
  if (text === '' && options.operation === undefined) {
    throw new UsageError('the row has no prompt', 'Add a prompt column, or use --prompt for all rows.');
  }
  if (variation !== undefined && !text.includes(PLACEHOLDER)) {
    throw new UsageError(
      `the row has a variation, but its prompt has no ${PLACEHOLDER}`,
      `Put ${PLACEHOLDER} into the prompt.`,
    );
  }
  if (variation === undefined && text.includes(PLACEHOLDER)) {
    throw new UsageError(
      `the prompt has ${PLACEHOLDER}, and the row has no variation to replace it`,
      'Add a variation to the row.',
    );
  }
  const composed = text.replaceAll(PLACEHOLDER, () => String(variation));
  const request = await readRequest(composed === '' ? undefined : composed, options as RequestOptions, context);
  return {
    ...request,
    // Options of the row replace those of the flags.
    ...(vendorOptions && { options: { ...request.options, ...vendorOptions } }),
    metadata: { ...request.metadata, [ROW_NOTE]: key },
  } as ManagerRequest;
}
