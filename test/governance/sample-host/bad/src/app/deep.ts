// @ts-nocheck -- a sample for the checks; the package it names is not installed here

import type { Clock } from '@org/ai-image/dist/transport/wait.js';
import { sleep } from '@org/ai-image/dist/transport/wait.js';
import { readPng } from '../../node_modules/@org/ai-image/dist/chunk.js';

export type { Inner } from '@org/ai-image/src/index.ts';
export { inner } from '@org/ai-image/src/index.ts';
export const later = () => import('@org/ai-image/dist/chunk.js');
export const old = require('@org/ai-image/dist/chunk.js');
export type Hidden = import('@org/ai-image/dist/chunk.js').Hidden;
export { type Clock, readPng, sleep };
