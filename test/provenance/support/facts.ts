import type { ProvenanceFacts } from '../../../src/provenance/index.ts';

export const FACTS: ProvenanceFacts = {
  digitalSource: 'trainedAlgorithmicMedia',
  provider: 'openai',
  model: 'gpt-image-1',
  promptHash: '0123456789abcdef',
  software: '@org/ai-image 0.1.0',
  createdAt: '2026-01-31T12:00:00Z',
};

/** The mark that `readMark` returns for them. */
export const MARK = {
  isOurs: true,
  isMadeByAi: true,
  digitalSource: 'trainedAlgorithmicMedia',
  provider: 'openai',
  model: 'gpt-image-1',
  system: 'openai gpt-image-1',
  promptHash: '0123456789abcdef',
  software: '@org/ai-image 0.1.0',
  createdAt: '2026-01-31T12:00:00Z',
  credit: 'Made with AI',
};
