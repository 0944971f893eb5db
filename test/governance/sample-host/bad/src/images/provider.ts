// @ts-nocheck -- a sample for the checks; the package it names is not installed here

import { sleep } from '@org/ai-image/dist/transport/wait.js';
import { createTransport } from '@org/ai-image/transport';

/** A provider layer may reach the transport, but not past the entry points. */
export const ours = { createTransport, sleep };
