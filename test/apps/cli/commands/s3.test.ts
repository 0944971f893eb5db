import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ACCESS_KEY, openS3Server, SECRET_KEY } from '../../../store/storage/s3-server.ts';
import { imagen, temporaryFolder } from '../support.ts';

const KEYS = { BUCKET_KEY: ACCESS_KEY, BUCKET_SECRET: SECRET_KEY };

async function configured(cwd: string, endpoint: string): Promise<Readonly<Record<string, string>>> {
  const path = join(cwd, 'bucket.yaml');
  const lines = [
    'backends: { stub: { type: stub } }',
    'store:',
    `  directory: ${join(cwd, 'index')}`,
    '  mark: "off"',
    '  s3:',
    '    bucket: pictures',
    '    region: eu-central-1',
    `    endpoint: ${endpoint}`,
    '    prefix: team',
    '    access_key_id_env: BUCKET_KEY',
    '    secret_access_key_env: BUCKET_SECRET',
  ];
  await writeFile(path, `${lines.join('\n')}\n`, { mode: 0o600 });
  return { IMAGEN_CONFIG: path };
}

const args = ['generate', 'a red fox', '--size', '64x64'];

describe('imagen with a configured bucket', () => {
  it('stores the image in the bucket and prints its address', async () => {
    await using folder = await temporaryFolder();
    await using server = await openS3Server();
    const env = { ...(await configured(folder.path, server.origin)), ...KEYS };
    const { exit, stdout, stderr } = await imagen(args, { cwd: folder.path, env });
    expect(stderr).not.toContain(SECRET_KEY);
    expect(exit).toBe(0);
    const key = stdout.trim().replace('s3://pictures/', '');
    expect(key).toMatch(/^team\/\d{4}\/\d\d\/.*a-red-fox.*\.png$/);
    expect([...server.objects.keys()].sort()).toEqual([key.replace('.png', '.json'), key]);
  });

  it('G10: imagen with a configured bucket names a missing variable before anything is generated', async () => {
    await using folder = await temporaryFolder();
    await using server = await openS3Server();
    const env = { ...(await configured(folder.path, server.origin)), BUCKET_KEY: ACCESS_KEY, BUCKET_SECRET: '' };
    const { exit, stdout, stderr } = await imagen(args, { cwd: folder.path, env });
    expect(exit).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('BUCKET_SECRET');
    expect(server.seen).toEqual([]);
  });

  it('generates nothing if the bucket cannot be used', async () => {
    await using folder = await temporaryFolder();
    await using server = await openS3Server();
    const env = {
      ...(await configured(folder.path, server.origin)),
      ...KEYS,
      BUCKET_SECRET: 'another/Secret+0123456789',
    };
    const { exit, stdout, stderr } = await imagen(args, { cwd: folder.path, env });
    expect(exit).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('SignatureDoesNotMatch');
    expect(stderr).not.toContain('another/Secret');
  });

  it('stores images in a directory that is given', async () => {
    await using folder = await temporaryFolder();
    await using server = await openS3Server();
    const env = { ...(await configured(folder.path, server.origin)), ...KEYS };
    const { stdout } = await imagen([...args, '--store', 'here'], { cwd: folder.path, env });
    expect(stdout.trim()).toContain(join(folder.path, 'here'));
    expect(server.seen).toEqual([]);
  });
});
