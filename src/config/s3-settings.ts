/** The bucket of a configuration, with its credentials from the environment. */
import { AiImageError } from '../providers/protocol/errors.ts';
import type { S3Config } from './config.ts';
import { type Environment, readVariable } from './environment.ts';

/** As `createStore` takes it. */
export interface ResolvedS3 extends Omit<S3Config, 'accessKeyIdEnv' | 'secretAccessKeyEnv' | 'sessionTokenEnv'> {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * For `createStore({ directory, s3: s3FromConfig(config.store.s3) })`. Where no variables are named they are those of AWS's own tools:
 * `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, if it is set, `AWS_SESSION_TOKEN`.
 * @param env @default that of the process
 * @throws AiImageError `not_configured`: which variable is not set
 */
export function s3FromConfig(s3: S3Config, env?: Environment): ResolvedS3 {
  const { accessKeyIdEnv, secretAccessKeyEnv, sessionTokenEnv, ...plain } = s3;
  const isUsual = accessKeyIdEnv === undefined && secretAccessKeyEnv === undefined;
  const sessionToken = readVariable(sessionTokenEnv ?? (isUsual ? 'AWS_SESSION_TOKEN' : ''), env);
  if (sessionTokenEnv !== undefined && sessionToken === undefined) throw unset(sessionTokenEnv);
  return {
    ...plain,
    accessKeyId: read(accessKeyIdEnv ?? 'AWS_ACCESS_KEY_ID', env),
    secretAccessKey: read(secretAccessKeyEnv ?? 'AWS_SECRET_ACCESS_KEY', env),
    ...(sessionToken !== undefined && { sessionToken }),
  };
}

function read(name: string, env: Environment | undefined): string {
  const value = readVariable(name, env);
  if (value === undefined) throw unset(name);
  return value;
}

const unset = (name: string) =>
  new AiImageError('not_configured', `store.s3: the variable ${name} is not set, or empty`, {
    charged: 'no',
    hint: 'Set it, or name another variable in the configuration.',
  });
