import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../src/config/check-config.ts';
import { createTestHome, failureOf, KEY } from './support.ts';

describe('checkConfig', () => {
  it('returns every problem in file order, including those beyond the ten in the message', async () => {
    const place = await createTestHome();
    const path = await place.write(
      place.userFile,
      `backends:\n${Array.from({ length: 12 }, (_, at) => `  b${at}: { type: opnai }`).join('\n')}\n`,
    );
    const found = await checkConfig({ path, env: place.env });
    if (found.isValid) throw new Error('the file should be invalid');
    expect(found.path).toBe(path);
    expect(found.problems.map(({ line }) => line)).toEqual(Array.from({ length: 12 }, (_, at) => at + 2));
    expect(found.problems[0]).toMatchObject({ column: 15, hint: 'Did you mean openai?' });
    expect((await failureOf(place.load({ path }))).message).toContain('and 2 more');
  });

  it('shows no value from the file, because it could be a key', async () => {
    const place = await createTestHome();
    const path = await place.write(place.userFile, `backends:\n  main: { type: openai, api_key: ${KEY} }\n`);
    const found = await checkConfig({ path, env: place.env });
    expect(JSON.stringify(found)).toContain('secrets are not allowed in the file');
    expect(JSON.stringify(found)).not.toContain(KEY);
  });

  it('returns the configuration of a valid file, and throws if the file cannot be read', async () => {
    const place = await createTestHome();
    expect(await checkConfig({ directory: place.project, env: place.env })).toMatchObject({
      isValid: true,
      config: { origin: { kind: 'none' } },
    });
    expect((await failureOf(checkConfig({ path: 'gone.yaml', env: place.env }))).message).toContain('no such file');
  });
});

describe('trusted_projects', () => {
  it('is allowed in the user’s own file when it is named explicitly, and not in another file', async () => {
    const place = await createTestHome();
    await place.write(place.userFile, 'trusted_projects: [~/work]\n');
    expect((await place.load({ path: place.userFile })).origin.kind).toBe('explicit');
    const other = await place.write(place.projectFile, 'trusted_projects: [~/work]\n');
    expect((await failureOf(place.load({ path: other }))).message).toContain('is allowed only in your own file');
  });
});
