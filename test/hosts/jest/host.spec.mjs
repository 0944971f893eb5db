import { writeFileSync } from 'node:fs';
import { isAiImageError, StubProvider } from '@org/ai-image';
import { createOpenAI } from '@org/ai-image/providers/openai';
import { makeImages } from './scenario.mjs';

test('makes images', async () => {
  const baseUrls = JSON.parse(process.env.BASE_URLS);
  const report = await makeImages({ StubProvider, createOpenAI, isAiImageError }, baseUrls);
  expect(report.offline).toContain('png');
  writeFileSync('report.json', JSON.stringify(report));
}, 240_000);
