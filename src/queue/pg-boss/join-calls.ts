/** Joins calls that come while the database is busy, so that many small changes are one statement and one commit. */

/** The most calls in one statement. */
const MAX_JOINED = 100;

interface JoinedCall<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Returns a function that runs an item alone when nothing runs, and together with others otherwise. Each call has its own answer; an error
 * is the error of all calls of that statement.
 * @param run answers in the order of the items
 */
export function joinCalls<Item, Answer>(
  run: (items: readonly Item[]) => Promise<readonly Answer[]>,
): (item: Item) => Promise<Answer> {
  const waiting: JoinedCall<Item, Answer>[] = [];
  let isRunning = false;

  async function runWaiting(): Promise<void> {
    isRunning = true;
    // Calls of the same moment are joined too.
    await undefined;
    for (let calls = waiting.splice(0, MAX_JOINED); calls.length > 0; calls = waiting.splice(0, MAX_JOINED)) {
      try {
        const answers = await run(calls.map(({ item }) => item));
        for (const [index, call] of calls.entries()) call.resolve(answers[index]!); // one answer per item
      } catch (error) {
        for (const call of calls) call.reject(error);
      }
    }
    isRunning = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isRunning) void runWaiting();
    });
}
