/** Resolves the configured S3 bucket with its credentials from the environment. */
import { AiImageError } from '../providers/protocol/errors.ts';
import type { S3Config } from './config.ts';
import { type Environment, readVariable } from './environment.ts';

/** The `s3` setting of `createStore`. */
export interface ResolvedS3 extends Omit<S3Config, 'accessKeyIdEnv' | 'secretAccessKeyEnv' | 'sessionTokenEnv'> {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Returns the `s3` setting for a store: `createStore({ directory, s3: s3FromConfig(config.store.s3) })`. If the configuration names no
 * variables, the variables of AWS's own tools are read: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, if set, `AWS_SESSION_TOKEN`.
 * @param env @default the environment of the process
 * @throws AiImageError `not_configured`: a variable is not set; the message names it
 */
export function s3FromConfig(s3: S3Config, env?: Environment): ResolvedS3 {
  const { accessKeyIdEnv, secretAccessKeyEnv, sessionTokenEnv, ...plain } = s3;
  const usesAwsDefaults = accessKeyIdEnv === undefined && secretAccessKeyEnv === undefined;
  const sessionToken = readVariable(sessionTokenEnv ?? (usesAwsDefaults ? 'AWS_SESSION_TOKEN' : ''), env);
  if (sessionTokenEnv !== undefined && sessionToken === undefined) throw unsetVariableError(sessionTokenEnv);
  return {
    ...plain,
    accessKeyId: read(accessKeyIdEnv ?? 'AWS_ACCESS_KEY_ID', env),
    secretAccessKey: read(secretAccessKeyEnv ?? 'AWS_SECRET_ACCESS_KEY', env),
    ...(sessionToken !== undefined && { sessionToken }),
  };
}

function read(name: string, env: Environment | undefined): string {
  const value = readVariable(name, env);
  if (value === undefined) throw unsetVariableError(name);
  return value;
}

const unsetVariableError = (name: string) =>
  new AiImageError('not_configured', `store.s3: the variable ${name} is not set, or empty`, {
    charged: 'no',
    hint: 'Set the variable, or name another one in the configuration.',
  });
