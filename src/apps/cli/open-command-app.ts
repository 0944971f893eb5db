/** Opens the app for a command: flags choose the configuration and the store, and notices go to standard error. */
import { type AppContext, openApp } from '../shared/open-app.ts';
import type { CommandContext, GlobalOptions } from './context.ts';
import { errorText } from './system/safe-stream.ts';

/** @throws AiImageError `not_configured`: the configuration is invalid */
export function openCommandApp(
  { config, store }: GlobalOptions,
  { env, cwd, terminal }: Pick<CommandContext, 'env' | 'cwd' | 'terminal'>,
  { checkKeys = true }: { readonly checkKeys?: boolean } = {},
): Promise<AppContext> {
  return openApp(
    { ...(config !== undefined && { config }), ...(store !== undefined && { store }), checkKeys },
    {
      env,
      cwd,
      onNotice: (text) => terminal.notice(`note: ${text}`),
      onCloseError: (error) => terminal.notice(`note: not closed properly: ${errorText(error)}`),
    },
  );
}
