/** What `imagen worker` prints: one line for each change of state. */
import type { WorkError, WorkerEvent } from '../../../queue/index.ts';
import { toCommandText } from '../output/errors/to-command-text.ts';
import { dollars } from '../output/tables/align-columns.ts';

/** For `--json`: the event in the words of the command line, with its time. */
export function workerDocument(event: WorkerEvent, now: Date): object {
  const error = 'error' in event ? { error: inCommandWords(event.error) } : {};
  return { at: now.toISOString(), ...event, ...error };
}

export function inCommandWords({ message, hint, ...error }: WorkError): WorkError {
  return { ...error, message: toCommandText(message), ...(hint !== undefined && { hint: toCommandText(hint) }) };
}

/** For people: time, id, state, and what happened. Times are UTC, as everywhere. */
export function workerLine(event: WorkerEvent, now: Date): string {
  const [subject, text] = 'id' in event ? [event.id, textOf(event)] : ['-', textOf(event)];
  return `${timeOfDay(now)}  ${subject}  ${text}`;
}

/** UTC, e.g. `12:30:05Z`. */
export const timeOfDay = (now: Date): string => `${now.toISOString().slice(11, 19)}Z`;

function textOf(event: WorkerEvent): string {
  switch (event.type) {
    case 'started':
      return `started${event.provider === undefined ? '' : ` at ${event.provider}`}, attempt ${event.attempt}`;
    case 'done': {
      const { artifacts, durationMs, costUsd, notes = [] } = event;
      const images = artifacts.length === 1 ? '1 image' : `${artifacts.length} images`;
      const cost = costUsd === undefined ? '' : `, ${dollars(costUsd)}`;
      const more = notes.map((note) => `; note: ${toCommandText(note)}`).join('');
      return `done: ${images} (${artifacts.join(', ')}) in ${seconds(durationMs)}${cost}${more}`;
    }
    case 'waiting':
      return `waits${event.delayMs > 0 ? ` ${seconds(event.delayMs)}` : ''}: ${reasonOf(event.error)}`;
    case 'dead':
    case 'unknown':
    case 'cancelled':
      return `${event.type}: ${reasonOf(event.error)}`;
    case 'lost':
      return 'lost: another worker has it now; nothing was written';
    case 'paused':
      return `paused ${event.provider} until ${event.untilMs === undefined ? 'it is resumed' : timeOf(event.untilMs)}: ${reasonOf(event.error)}`;
    case 'trouble':
      return `trouble: ${reasonOf(event.error)}`;
    default:
      return event satisfies never;
  }
}

/** @returns the code, the message and the hint, in one line */
export function reasonOf(error: WorkError): string {
  const { code, message, hint } = inCommandWords(error);
  return `${message} (${code})${hint === undefined ? '' : `. ${hint}`}`;
}

/** @param ms milliseconds since the epoch */
export const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const seconds = (ms: number): string => `${ms < 9_950 ? (ms / 1000).toFixed(1) : Math.round(ms / 1000)} s`;
