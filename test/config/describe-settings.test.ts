import { describe, expect, it } from 'vitest';
import { describeSettings } from '../../src/config/describe-settings.ts';
import { listProviders } from '../../src/index.ts';
import { parse } from './support.ts';

describe('describeSettings', () => {
  it('lists a secret setting by the key that names its variable, with the default variables', async () => {
    const settings = await describeSettings('luma');
    expect(settings.filter(({ isSecret }) => isSecret).map(({ key }) => key)).toEqual([
      'api_key_env',
      'photon_api_key_env',
    ]);
    expect(settings[0]?.variables).toEqual(['LUMA_AGENTS_API_KEY']);
  });

  it('describes the allowed values as JSON Schema', async () => {
    const [organization] = (await describeSettings('openai')).filter(({ key }) => key === 'organization');
    expect(organization).toEqual({
      key: 'organization',
      isSecret: false,
      schema: { type: 'string' },
      variables: ['OPENAI_ORG_ID'],
    });
    expect(await describeSettings('comfyui')).not.toContainEqual(expect.objectContaining({ key: 'api_key_env' }));
  });

  it.each(listProviders().map(({ id }) => id))('lists only keys of %s that the file accepts', async (id) => {
    const text = (await describeSettings(id)).map(({ key, isSecret }) =>
      isSecret ? `    ${key}: A_VARIABLE` : `    ${key}: {}`,
    );
    const wrong = await parse([`backends:\n  ${id}:`, ...text].join('\n'), {}, false).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(wrong).not.toContain('there is no setting');
    expect(wrong).not.toContain('is secret');
  });
});
