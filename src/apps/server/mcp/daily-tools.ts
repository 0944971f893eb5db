/** Tools whose limits begin anew each day: a server runs for weeks. */
import type { ImageTools } from '../../../tool/index.ts';
import { utcDay } from '../utc-day.ts';

/** @param create makes the tools of one day (UTC); their texts are the same each day */
export function createDailyTools(create: () => ImageTools, now: () => number): ImageTools {
  let [day, current] = [utcDay(now()), create()];
  const today = (): ImageTools => {
    const newDay = utcDay(now());
    if (newDay !== day) [day, current] = [newDay, create()];
    return current;
  };
  return {
    tools: current.tools.map((tool) => ({
      ...tool,
      execute: (args, context) => today().call(tool.name, args, context),
    })),
    call: (name, args, context) => today().call(name, args, context),
    manifest: () => today().manifest(),
    preview: (id) => today().preview(id),
    close: (options) => today().close(options),
  };
}
