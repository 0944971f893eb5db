/** The configuration file: found, checked, and made into a manager. */
export type {
  BackendConfig,
  Config,
  ConfigOrigin,
  OutputConfig,
  RoutingConfig,
  S3Config,
  StoreConfig,
} from './config.ts';
export type { MoreSettings } from './create-manager-from-config.ts';
export { createManagerFromConfig } from './create-manager-from-config.ts';
export type { DescribedBackend, DescribedConfig, DescribedVariable } from './describe-config.ts';
export { describeConfig } from './describe-config.ts';
export type { Environment } from './environment.ts';
export type { LoadOptions, Reloaded } from './load-config.ts';
export { loadConfig, reloadConfig } from './load-config.ts';
export type { ResolvedS3 } from './s3-settings.ts';
export { s3FromConfig } from './s3-settings.ts';
