/** Measures how long this process takes, without the time in which the machine runs other programs. */

const TICK_MS = 5;

/**
 * Starts counting the ticks of a timer: a process that has to wait for a processor has none meanwhile. For work that waits for timers
 * and sockets.
 * @returns stops the watch; milliseconds since its start, a little less than on the wall clock
 */
export function startStopwatch(): () => number {
  let ticks = 0;
  const timer = setInterval(() => {
    ticks++;
  }, TICK_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    return ticks * TICK_MS;
  };
}

/** @returns milliseconds of processor time that `work` takes; it must be synchronous */
export function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
