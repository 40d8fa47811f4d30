import type { ContainerEnd } from '@verve/contract/container';

import type { ContainerSetting } from './container-setting.ts';
import type { LineStream } from './line-stream.ts';

/** The times of a container, in ms. Tests take less. */
export interface ContainerTimes {
  /** Between SIGINT, SIGTERM and SIGKILL. */
  readonly graceMs: number;
  readonly permitLookMs: number;
  readonly waitingTickMs: number;
  readonly runningTickMs: number;
  readonly usageLookMs: number;
  /** Without output for that long after the program's end there is none to come. */
  readonly silenceMs: number;
  /** How long a full disk is waited for when the end is told. */
  readonly roomMs: number;
}

/** The times of a real container. */
export const containerTimes: ContainerTimes = {
  graceMs: 5_000,
  permitLookMs: 100,
  waitingTickMs: 2_000,
  runningTickMs: 5_000,
  usageLookMs: 1_000,
  silenceMs: 1_000,
  roomMs: 30_000,
};

/** A container as it runs. */
export interface Container {
  readonly setting: ContainerSetting;
  readonly stream: LineStream;
  readonly times: ContainerTimes;
  /** The machine's own time in ms, with the time it slept; nobody sets it. */
  readonly clock: () => number;
}

/** How a phase's program ended, or why there was none. */
export interface Ended {
  readonly how: Pick<ContainerEnd, 'exit' | 'overdue' | 'skipped'>;
  /** Resolves when its output is out. */
  readonly rest: Promise<void>;
}
