/** The cases and their goals. Goals are ratios to raw `fetch` unless stated otherwise; smaller is better. */
import type { Subject } from './child/clients.ts';
import type { Answer, Work } from './child/main.ts';
import type { Measurement } from './child/measures.ts';

/** One measured value of one subject: the median over the rounds. */
export type Medians = Readonly<Record<Subject, Measurement>>;

export interface Goal {
  readonly label: string;
  readonly value: (medians: Medians) => number;
  readonly limit: number;
  /** Whether the value must reach the limit instead of staying below it. @default false */
  readonly isMinimum?: boolean;
}

export interface Case {
  readonly section: string;
  readonly title: string;
  readonly answer: Answer;
  readonly work: Work;
  /** The field shown per subject, with its unit. */
  readonly shown: { readonly field: string; readonly unit: 'MB' | 'ms' | '/s' };
  readonly goals: readonly Goal[];
}

const MB = 1_000_000;
const base64 = (bytes: number, n = 1): Answer => ({ kind: 'base64', bytes, n });

const field = (measurement: Measurement, name: string): number => measurement[name] ?? Number.NaN;
const toRaw = (name: string, limit: number): Goal => ({
  label: 'x raw',
  value: ({ ours, raw }) => field(ours, name) / field(raw, name),
  limit,
});
const toOpenAi = (name: string, limit: number): Goal => ({
  label: 'x openai',
  value: ({ ours, openai }) => field(ours, name) / field(openai, name),
  limit,
});
const toImageBytes = (name: string, limit: number): Goal => ({
  label: 'x image bytes',
  value: ({ ours }) => field(ours, name) / field(ours, 'imageBytes'),
  limit,
});

function memory(title: string, answer: Answer, parallel: number, goals: readonly Goal[]): Case {
  return {
    section: 'memory',
    title: `peak memory, ${title}`,
    answer,
    work: { measure: 'memory', parallel },
    shown: { field: 'peakBytes', unit: 'MB' },
    goals,
  };
}

function cpu(
  title: string,
  bytes: number,
  { calls, hostHeapBytes = 0 }: { calls: number; hostHeapBytes?: number },
  goals: readonly Goal[],
): Case {
  return {
    section: 'cpu',
    title: `CPU, ${title}`,
    answer: base64(bytes),
    work: { measure: 'cpu', calls, hostHeapBytes },
    shown: { field: 'cpuMs', unit: 'ms' },
    goals,
  };
}

function loop(title: string, bytes: number, parallel: number, limit: number): Case {
  return {
    section: 'loop',
    title: `longest event-loop block, ${title}`,
    answer: base64(bytes),
    work: { measure: 'loop', parallel },
    shown: { field: 'longestMs', unit: 'ms' },
    goals: [toRaw('longestMs', limit)],
  };
}

function lastByte(title: string, bytes: number, limit: number): Case {
  return {
    section: 'last-byte',
    title: `last byte received to image returned, ${title}`,
    answer: { kind: 'held', bytes, n: 1 },
    work: { measure: 'last-byte' },
    shown: { field: 'lastByteMs', unit: 'ms' },
    goals: [toRaw('lastByteMs', limit)],
  };
}

function throughput(title: string, bytes: number, calls: number, limit: number): Case {
  return {
    section: 'throughput',
    title: `throughput, 64 in flight, ${title}`,
    answer: base64(bytes),
    work: { measure: 'throughput', inFlight: 64, calls },
    shown: { field: 'perSecond', unit: '/s' },
    goals: [{ ...toRaw('perSecond', limit), isMinimum: true }],
  };
}

/** In our measurements Node 24 frees the garbage of streams more cheaply than the versions before and after it. */
const emptyHeapLimit = process.versions.node.startsWith('24.') ? 0.85 : 0.95;
/** A host with a filled heap. The cases make enough calls for garbage collection to run as in a long-running host. */
const inHost = { hostHeapBytes: 150 * MB };

export const cases: readonly Case[] = [
  memory('16 x 8 MB in parallel', base64(8 * MB), 16, [toRaw('peakBytes', 0.5), toImageBytes('peakBytes', 1.4)]),
  memory('one 24 MB image', base64(24 * MB), 1, [toRaw('peakBytes', 0.35)]),
  memory('n = 4 of 8 MB', base64(8 * MB, 4), 1, [toRaw('peakBytes', 0.4)]),
  memory('16 x 8 MB by URL', { kind: 'url', bytes: 8 * MB, n: 1 }, 16, [toRaw('peakBytes', 0.75)]),
  {
    ...memory('', base64(8 * MB), 16, [toImageBytes('heldBytes', 1.05)]),
    title: 'retained memory, 16 x 8 MB',
    shown: { field: 'heldBytes', unit: 'MB' },
  },
  cpu('8 MB in a host with a 150 MB heap', 8 * MB, { calls: 24, ...inHost }, [toRaw('cpuMs', 0.35)]),
  cpu('2 MB in a host with a 150 MB heap', 2 * MB, { calls: 80, ...inHost }, [toRaw('cpuMs', 0.35)]),
  cpu('8 MB, empty heap', 8 * MB, { calls: 48 }, [toRaw('cpuMs', emptyHeapLimit)]),
  cpu('0.1 MB', 0.1 * MB, { calls: 1000 }, [toRaw('cpuMs', 1.2), toOpenAi('cpuMs', 1.2)]),
  loop('one 24 MB image', 24 * MB, 1, 0.3),
  loop('8 x 8 MB in parallel', 8 * MB, 8, 0.4),
  lastByte('8 MB', 8 * MB, 0.15),
  lastByte('24 MB', 24 * MB, 0.05),
  throughput('2 MB', 2 * MB, 256, 1.5),
  throughput('0.1 MB', 0.1 * MB, 2000, 0.9),
];
