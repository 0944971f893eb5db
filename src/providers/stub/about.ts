import { noKey, type ProviderAbout } from '../kit/adapter/about.ts';

export const about = {
  id: 'stub',
  title: 'Stub (offline, generates images itself)',
  aliases: ['dummy', 'offline'],
  auth: noKey,
  settings: ['delayMs', 'job', 'refuse', 'fail', 'costUsd'],
} as const satisfies ProviderAbout;
