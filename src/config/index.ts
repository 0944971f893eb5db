/** Loads and checks the configuration file, and creates a manager from it. For Node only. */
export type {
  BackendConfig,
  Config,
  ConfigOrigin,
  McpConfig,
  OutputConfig,
  RoutingConfig,
  S3Config,
  ServeConfig,
  ServeLimitsConfig,
  ServeTokenConfig,
  StoreConfig,
  UsageConfig,
  UsageSinkConfig,
} from './config.ts';
export type { MoreSettings } from './create-manager-from-config.ts';
export { createManagerFromConfig } from './create-manager-from-config.ts';
export type { BackendDescription, DescribedConfig, DescribedVariable } from './describe-config.ts';
export { describeConfig } from './describe-config.ts';
export type { Environment } from './environment.ts';
export type { LoadOptions, Reloaded } from './load-config.ts';
export { loadConfig, reloadConfig } from './load-config.ts';
export type { ResolvedS3 } from './s3-from-config.ts';
export { s3FromConfig } from './s3-from-config.ts';
