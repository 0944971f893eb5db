/** The settings of a server from the section `serve` of the configuration. */
import type { McpConfig, ServeConfig } from '../../../config/index.ts';
import type { ImageServerSettings, ServerMcpSettings } from '../../server/index.ts';
import type { Terminal } from '../output/terminal/terminal.ts';
import { errorText } from '../system/safe-stream.ts';
import { accessText } from './access-text.ts';
import { hostNames } from './host-names.ts';
import type { ListenPlace } from './listen-error.ts';
import type { ServeTokens } from './serve-tokens.ts';

export interface ServeChoices extends ListenPlace, ServeTokens {
  /** Workers generate the images. */
  readonly usesQueue: boolean;
  readonly isQuiet: boolean;
  readonly isJson: boolean;
}

interface ServerConfig {
  readonly serve?: ServeConfig;
  readonly mcp?: McpConfig;
}

/** Without manager, store and queue. */
export function serverSettings(
  { serve: config = {}, mcp = {} }: ServerConfig,
  choices: ServeChoices,
  terminal: Pick<Terminal, 'log' | 'alert'>,
): Omit<ImageServerSettings, 'manager' | 'store' | 'queue'> {
  const { aliases, origins, publicUrl, limits, trustProxy, metrics, keepAliveJson } = config;
  const { tokens, host, usesQueue, isQuiet, isJson } = choices;
  return {
    // The budget of the configuration has the limits per day too. With a queue, that is what limits the calls of workers.
    tokens: usesQueue ? tokens.map(({ perDayUsd: _, ...token }) => token) : tokens,
    hosts: hostNames(host, config),
    ...(aliases !== undefined && { aliases }),
    ...(origins !== undefined && { origins }),
    ...(publicUrl !== undefined && { publicUrl }),
    ...(limits !== undefined && { limits }),
    ...(trustProxy !== undefined && { trustProxy }),
    ...(metrics !== undefined && { metrics }),
    mcp: config.mcp !== false && mcpSettings(mcp),
    ...(keepAliveJson !== undefined && { keepAliveJson }),
    ...(!isQuiet && {
      onAccess: (line) => terminal.log(isJson ? JSON.stringify(line) : accessText(line)),
    }),
    onError: (error) => terminal.alert(`the server reported: ${inConfigWords(errorText(error))}`),
  };
}

/** The settings that a server reports have the same names in the section `serve`. */
const inConfigWords = (message: string): string => message.replace(/^createImageServer: setting /, 'serve.');

/** Agents of a server may be on other machines: they get no folders of this one. */
const mcpSettings = ({ roots: _, ...limits }: McpConfig): ServerMcpSettings => limits;
