/** Whether this process may have the addresses that a connection needs. Imports nothing of ours: it is asked before all else. */
import { readFileSync } from 'node:fs';

/**
 * The HTTP client of Node is WebAssembly, whose memory reserves 10 GB of addresses. Where it gets none (`ulimit -v`), Node ends the
 * program at an arbitrary moment after `fetch` is first touched.
 */
export function hasAddressSpace(): boolean {
  try {
    if (/^Max address space +unlimited/m.test(readFileSync('/proc/self/limits', 'utf8'))) return true;
  } catch {
    return true; // only Linux tells
  }
  try {
    new WebAssembly.Memory({ initial: 1 });
    return true;
  } catch {
    return false;
  }
}
