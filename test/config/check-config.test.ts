import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../src/config/check-config.ts';
import { createPlace, failureOf, KEY } from './support.ts';

describe('checking a configuration', () => {
  it('tells every fault in the order of the file, also beyond the ten of the message', async () => {
    const place = await createPlace();
    const path = await place.write(
      place.userFile,
      `backends:\n${Array.from({ length: 12 }, (_, at) => `  b${at}: { type: opnai }`).join('\n')}\n`,
    );
    const found = await checkConfig({ path, env: place.env });
    if (found.isSound) throw new Error('it is not');
    expect(found.path).toBe(path);
    expect(found.faults.map(({ line }) => line)).toEqual(Array.from({ length: 12 }, (_, at) => at + 2));
    expect(found.faults[0]).toMatchObject({ column: 15, hint: 'Did you mean openai?' });
    expect((await failureOf(place.load({ path }))).message).toContain('and 2 more');
  });

  it('shows no value, which could be a key', async () => {
    const place = await createPlace();
    const path = await place.write(place.userFile, `backends:\n  main: { type: openai, api_key: ${KEY} }\n`);
    const found = await checkConfig({ path, env: place.env });
    expect(JSON.stringify(found)).toContain('none belongs into the file');
    expect(JSON.stringify(found)).not.toContain(KEY);
  });

  it('gives the configuration where nothing is wrong, and throws where the file cannot be read', async () => {
    const place = await createPlace();
    expect(await checkConfig({ directory: place.project, env: place.env })).toMatchObject({
      isSound: true,
      config: { origin: { kind: 'none' } },
    });
    expect((await failureOf(checkConfig({ path: 'gone.yaml', env: place.env }))).message).toContain('no such file');
  });
});

describe('the user’s own file, named', () => {
  it('may say whom to trust; another file that is named may not', async () => {
    const place = await createPlace();
    await place.write(place.userFile, 'trusted_projects: [~/work]\n');
    expect((await place.load({ path: place.userFile })).origin.kind).toBe('explicit');
    const other = await place.write(place.projectFile, 'trusted_projects: [~/work]\n');
    expect((await failureOf(place.load({ path: other }))).message).toContain('counts in your own file alone');
  });
});
