/** Promise 3 at full size: every field and option, on every model of every provider, under every closed setting, is mapped, adapted or refused. */
import { describe, expect, it } from 'vitest';
import { ON_UNSUPPORTED } from '../../src/providers/protocol/vocabulary.ts';
import { VALUES, walkProvider } from '../providers/kit/support/walk-models.ts';
import { PROVIDER_IDS, walkedProvider } from '../providers/kit/support/walked-provider.ts';

describe.each(PROVIDER_IDS)('%s', async (id) => {
  const subject = await walkedProvider(id);

  it('drops no field and no option of any model', async () => {
    const { dropped, missing, seen } = await walkProvider(subject);
    expect(dropped).toEqual([]);
    // The walk saw something: every model, and all that its card offers reached the wire.
    expect(missing).toEqual([]);
    const fields = Object.keys(subject.definition.models).length * Object.keys(VALUES).length;
    expect(seen).toBeGreaterThan(fields * ON_UNSUPPORTED.length);
  });
});
