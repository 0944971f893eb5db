/** Checks whether this process can reserve the address space that a connection needs. Runs first, so it imports no other code of ours. */
import { readFileSync } from 'node:fs';

/**
 * Node's HTTP client uses WebAssembly, whose memory reserves 10 GB of address space. Without it (`ulimit -v`), Node ends the program
 * at an arbitrary moment after `fetch` is first used.
 */
export function hasAddressSpace(): boolean {
  try {
    if (/^Max address space +unlimited/m.test(readFileSync('/proc/self/limits', 'utf8'))) return true;
  } catch {
    return true; // only Linux reports the limit
  }
  try {
    new WebAssembly.Memory({ initial: 1 });
    return true;
  } catch {
    return false;
  }
}
