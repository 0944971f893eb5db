/** Other programs read sidecars by contracts/schemas/sidecar.schema.json, so it must match the code. */
import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { readSidecar, SIDECAR_VERSION, sidecarSchema } from '../../../src/store/artifacts/sidecar.ts';

const PATH = 'contracts/schemas/sidecar.schema.json';
const schema = { title: `Sidecar, version ${SIDECAR_VERSION}`, ...z.toJSONSchema(sidecarSchema) };
if (process.env.UPDATE_CONTRACT === '1') await writeFile(PATH, `${JSON.stringify(schema, null, 2)}\n`);

it('the schema file matches the code; an incompatible change needs a new version (UPDATE_CONTRACT=1 writes the file)', async () => {
  expect(JSON.parse(await readFile(PATH, 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
});

it('distinguishes sidecars, other JSON files, later versions and damaged ones', () => {
  expect(readSidecar('{"name":"somebody’s package"}').kind).toBe('foreign');
  expect(readSidecar('[]').kind).toBe('foreign');
  expect(readSidecar('{"version":2,"sha256":"x"}')).toEqual({ kind: 'newer', version: 2 });
  expect(readSidecar('{"version":1,"sha256":"x"}').kind).toBe('broken');
  expect(readSidecar('{"version":1,"sha2').kind).toBe('broken');
  expect(readSidecar('').kind).toBe('broken');
});
