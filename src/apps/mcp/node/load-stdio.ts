/** Loads the part of the SDK that serves a process's standard input and output. */
import { loadPeer } from '../load-sdk.ts';

export type SdkStdio = typeof import('@modelcontextprotocol/server/stdio');

/** @throws AiImageError `not_configured`: the SDK is not installed */
export const loadStdio = (): Promise<SdkStdio> => loadPeer(() => import('@modelcontextprotocol/server/stdio'));
