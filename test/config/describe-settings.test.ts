import { describe, expect, it } from 'vitest';
import { describeSettings } from '../../src/config/describe-settings.ts';
import { listProviders } from '../../src/index.ts';
import { parse } from './support.ts';

describe('what a backend of a type may say', () => {
  it('names secret settings by the variable that holds them, and says where they come from otherwise', async () => {
    const settings = await describeSettings('luma');
    expect(settings.filter(({ isSecret }) => isSecret).map(({ key }) => key)).toEqual([
      'api_key_env',
      'photon_api_key_env',
    ]);
    expect(settings[0]?.variables).toEqual(['LUMA_AGENTS_API_KEY']);
  });

  it('says what values there are', async () => {
    const [organization] = (await describeSettings('openai')).filter(({ key }) => key === 'organization');
    expect(organization).toEqual({
      key: 'organization',
      isSecret: false,
      schema: { type: 'string' },
      variables: ['OPENAI_ORG_ID'],
    });
    expect(await describeSettings('comfyui')).not.toContainEqual(expect.objectContaining({ key: 'api_key_env' }));
  });

  it.each(listProviders().map(({ id }) => id))('every key of %s is one that a file may have', async (id) => {
    const text = (await describeSettings(id)).map(({ key, isSecret }) =>
      isSecret ? `    ${key}: A_VARIABLE` : `    ${key}: {}`,
    );
    const wrong = await parse([`backends:\n  ${id}:`, ...text].join('\n'), {}, false).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(wrong).not.toContain('there is no key');
    expect(wrong).not.toContain('is secret');
  });
});
