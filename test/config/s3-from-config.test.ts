import { describe, expect, it } from 'vitest';
import { s3FromConfig } from '../../src/config/index.ts';

const named = { bucket: 'images', accessKeyIdEnv: 'KEY', secretAccessKeyEnv: 'SECRET', sessionTokenEnv: 'TOKEN' };
const env = {
  KEY: 'k',
  SECRET: ' s ',
  TOKEN: 't',
  AWS_ACCESS_KEY_ID: 'a',
  AWS_SECRET_ACCESS_KEY: 'b',
  AWS_SESSION_TOKEN: 'c',
};

describe('s3FromConfig', () => {
  it('reads the credentials from the variables that the configuration names', () => {
    const found = s3FromConfig({ ...named, region: 'auto', forcePathStyle: true }, env);
    const settings = { bucket: 'images', region: 'auto', forcePathStyle: true };
    expect(found).toEqual({ ...settings, accessKeyId: 'k', secretAccessKey: 's', sessionToken: 't' });
  });

  it('reads the variables of AWS’s own tools if none is named, and their session token only then', () => {
    expect(s3FromConfig({ bucket: 'images' }, env)).toMatchObject({
      accessKeyId: 'a',
      secretAccessKey: 'b',
      sessionToken: 'c',
    });
    const { sessionTokenEnv: _, ...withoutToken } = named;
    expect(s3FromConfig(withoutToken, env)).not.toHaveProperty('sessionToken');
  });

  it.each([
    ['KEY', named],
    ['SECRET', named],
    ['TOKEN', named],
    ['AWS_ACCESS_KEY_ID', { bucket: 'images' }],
    ['AWS_SECRET_ACCESS_KEY', { bucket: 'images' }],
  ])('G10: s3FromConfig reports that %s is not set, also when it is empty', (name, s3) => {
    const error = expect.objectContaining({
      code: 'not_configured',
      charged: 'no',
      message: expect.stringContaining(` ${name} `),
    });
    expect(() => s3FromConfig(s3, { ...env, [name]: ' ' })).toThrow(error);
  });
});
