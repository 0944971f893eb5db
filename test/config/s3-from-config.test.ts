import { describe, expect, it } from 'vitest';
import { s3FromConfig } from '../../src/config/index.ts';

const named = { bucket: 'pictures', accessKeyIdEnv: 'KEY', secretAccessKeyEnv: 'SECRET', sessionTokenEnv: 'TOKEN' };
const env = {
  KEY: 'k',
  SECRET: ' s ',
  TOKEN: 't',
  AWS_ACCESS_KEY_ID: 'a',
  AWS_SECRET_ACCESS_KEY: 'b',
  AWS_SESSION_TOKEN: 'c',
};

describe('a bucket of a configuration', () => {
  it('has its credentials from the variables that are named', () => {
    const found = s3FromConfig({ ...named, region: 'auto', forcePathStyle: true }, env);
    const settings = { bucket: 'pictures', region: 'auto', forcePathStyle: true };
    expect(found).toEqual({ ...settings, accessKeyId: 'k', secretAccessKey: 's', sessionToken: 't' });
  });

  it('has those of AWS’s own tools where none is named, and their token with them alone', () => {
    expect(s3FromConfig({ bucket: 'pictures' }, env)).toMatchObject({
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
    ['AWS_ACCESS_KEY_ID', { bucket: 'pictures' }],
    ['AWS_SECRET_ACCESS_KEY', { bucket: 'pictures' }],
  ])('G10: says that %s is missing, and takes an empty one for none', (name, s3) => {
    const error = expect.objectContaining({
      code: 'not_configured',
      charged: 'no',
      message: expect.stringContaining(` ${name} `),
    });
    expect(() => s3FromConfig(s3, { ...env, [name]: ' ' })).toThrow(error);
  });
});
