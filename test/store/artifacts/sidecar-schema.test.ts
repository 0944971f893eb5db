/** The sidecar's schema is a promise to other programs: contracts/schemas/sidecar.schema.json is what the code says. */
import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { readSidecar, SIDECAR_VERSION, sidecarSchema } from '../../../src/store/artifacts/sidecar.ts';

const PATH = 'contracts/schemas/sidecar.schema.json';
const schema = { title: `Sidecar, version ${SIDECAR_VERSION}`, ...z.toJSONSchema(sidecarSchema) };
if (process.env.UPDATE_CONTRACT === '1') await writeFile(PATH, `${JSON.stringify(schema, null, 2)}\n`);

it('is written down as it is; a change of what old sidecars hold raises the version (UPDATE_CONTRACT=1 writes it)', async () => {
  expect(JSON.parse(await readFile(PATH, 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
});

it('tells ours, others’, later ones and broken ones apart', () => {
  expect(readSidecar('{"name":"somebody’s package"}').kind).toBe('foreign');
  expect(readSidecar('[]').kind).toBe('foreign');
  expect(readSidecar('{"version":2,"sha256":"x"}')).toEqual({ kind: 'newer', version: 2 });
  expect(readSidecar('{"version":1,"sha256":"x"}').kind).toBe('broken');
  expect(readSidecar('{"version":1,"sha2').kind).toBe('broken');
  expect(readSidecar('').kind).toBe('broken');
});
