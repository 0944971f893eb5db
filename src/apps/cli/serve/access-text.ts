/** A line of the access log, for a person. With `--json` the log has the same facts as JSON. */
import type { AccessLine } from '../../server/index.ts';

/** @returns e.g. `07:30:05Z  ada  POST /v1/images/generations  200  15.8 s  2.1 MB  req_…` */
export function accessText({
  at,
  token,
  method,
  path,
  status,
  durationMs,
  bytes,
  requestId,
  code,
}: AccessLine): string {
  const time = at.length > 19 ? `${at.slice(11, 19)}Z` : at;
  const end = code === undefined ? [] : [code];
  return [time, token ?? '-', `${method} ${path}`, status, duration(durationMs), size(bytes), requestId, ...end].join(
    '  ',
  );
}

const duration = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`);

function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
