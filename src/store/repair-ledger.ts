/** A new ledger from what the sidecars say. Only when somebody asks for it: what was paid and not kept is not in it. */
import { existsSync } from 'node:fs';
import type { FileOperations } from './files.ts';
import type { Layout } from './layout.ts';
import { createLastingLedger } from './money.ts';
import { openMoney } from './opened.ts';
import type { Scope } from './ports.ts';
import type { Sidecar } from './sidecar.ts';
import { readSidecars, walk } from './walk.ts';

export async function repairLedger(
  layout: Layout,
  files: FileOperations,
): Promise<{ readonly spendings: number; readonly old: string }> {
  const old = `${layout.money}.old-${Date.now()}`;
  for (const ending of ['', '-wal', '-shm']) {
    if (existsSync(layout.money + ending)) await files.rename(layout.money + ending, old + ending);
  }
  const database = await openMoney(layout, files);
  let spendings = 0;
  try {
    for await (const folder of walk(files, layout.root)) {
      for await (const { reading } of readSidecars(files, layout.root, folder)) {
        if (reading.kind !== 'sidecar') continue;
        const { provider, model, cost, createdAt } = reading.sidecar;
        const ledger = createLastingLedger(database, () => Date.parse(createdAt));
        const spending = { micros: Math.round((cost.usd ?? 0) * 1e6), provider, model, images: 1 };
        const id = await ledger.reserve(spending, scopesOf(reading.sidecar));
        if (typeof id === 'string') await ledger.settle(id, spending.micros);
        spendings++;
      }
    }
  } finally {
    await database.close();
  }
  return { spendings, old };
}

/** As the manager names them. */
function scopesOf({ createdAt, request }: Sidecar): readonly Scope[] {
  const day = createdAt.slice(0, 10);
  const metadata = request.metadata as { readonly costCenter?: unknown } | undefined; // plain JSON, read with care below
  const project = metadata?.costCenter;
  const names = [
    `day ${day}`,
    `month ${day.slice(0, 7)}`,
    ...(typeof project === 'string' ? [`project ${project}`] : []),
  ];
  return names.map((name) => ({ name }));
}
