/** One line about where a configuration comes from, and one for each fault in it. */
import type { ConfigProblem } from '../../../../config/check-config.ts';
import type { ConfigOrigin, Environment } from '../../../../config/index.ts';
import { userConfigPath } from '../../../../config/load-config.ts';

export function originText(origin: ConfigOrigin, env: Environment): string {
  switch (origin.kind) {
    case 'none':
      return `no configuration file. To write ${userConfigPath(env) ?? 'one'}: imagen config init`;
    case 'explicit':
      return `from ${origin.path} (--config)`;
    case 'variable':
      return `from ${origin.path} (IMAGEN_CONFIG)`;
    case 'project':
      return `from ${origin.path} (a trusted project)`;
    case 'user':
      return `from ${origin.path}`;
    default:
      return origin satisfies never;
  }
}

/** Uses the format of compilers, so that editors can jump to the place. */
export function faultLine(path: string, { line, column, message, hint }: ConfigProblem): string {
  return `${path}:${line}:${column}: ${message}${hint === undefined ? '' : `. ${hint}`}`;
}
