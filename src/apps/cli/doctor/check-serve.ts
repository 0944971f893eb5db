/** Checks of `imagen doctor` for the section `serve` of the configuration. Listens for an instant to see whether the port is free. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Config, Environment } from '../../../config/index.ts';
import { isAiImageError } from '../../../index.ts';
import { codeOf } from '../../../store/files/files.ts';
import { readPlace } from '../serve/serve-flags.ts';
import { isLoopback, readServeTokens } from '../serve/serve-tokens.ts';
import { type DoctorFinding, finding } from './finding.ts';

/** @returns nothing for a configuration without the section */
export async function serveFindings(
  { serve }: Pick<Config, 'serve'>,
  env: Environment,
): Promise<readonly DoctorFinding[]> {
  if (serve === undefined) return [];
  const { host, port } = readPlace({}, serve);
  const { tokens = [] } = serve;
  return [tokenFinding(tokens, isLoopback(host) ? undefined : host, env), await portFinding(host, port)];
}

function tokenFinding(
  configured: NonNullable<NonNullable<Config['serve']>['tokens']>,
  publicHost: string | undefined,
  env: Environment,
): DoctorFinding {
  if (configured.length === 0 && publicHost !== undefined) {
    const message = `${publicHost} can be reached from other machines, and serve.tokens has no token`;
    return finding('serve', 'note', message, 'imagen serve needs --token-env then.');
  }
  try {
    const { tokens, made } = readServeTokens({ configured, variable: undefined, publicHost }, env);
    const names = tokens.map(({ name }) => name).join(', ');
    return finding('serve', 'ok', made === undefined ? `tokens: ${names}` : 'a token is made at each start');
  } catch (error) {
    if (!isAiImageError(error)) throw error;
    return finding('serve', 'fault', error.message, error.hint);
  }
}

async function portFinding(host: string, port: number): Promise<DoctorFinding> {
  const server = createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return finding('serve', 'ok', `port ${port} of ${host} is free`);
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE')
      return finding('serve', 'note', `port ${port} of ${host} is in use`, 'By imagen serve, or by another program.');
    return finding('serve', 'fault', `cannot listen on port ${port} of ${host}`, 'Correct serve.host and serve.port.');
  } finally {
    server.close();
  }
}
