/** Images of Verve's own parts. */
export const parts = ['server', 'worker', 'agent'] as const;

/** Coding agents that have an image of their own on top of the agent's. */
export const programs = ['claude', 'codex', 'gemini', 'opencode', 'pi', 'qwen'] as const;

/** A part of Verve that has an image. */
export type Part = (typeof parts)[number];
type Program = (typeof programs)[number];
/** What an image is asked for by. */
export type Wanted = Part | Program;

/** How images are named: `<prefix>verve-server:<tag>`. */
export interface Naming {
  /** A registry and a path with a slash at its end, or nothing. */
  readonly prefix: string;
  readonly tag: string;
}

/** An image to build. */
export interface Image {
  readonly name: string;
  /** Below the root of the repository. */
  readonly dockerfile: string;
  /** The image that it stands on. */
  readonly base: string;
  /** Whether that is an image of ours, whose labels it takes over. */
  readonly isOnOurs: boolean;
}

const nodeImage = 'node:24-bookworm-slim';

function isProgram(wanted: Wanted): wanted is Program {
  return (programs as readonly string[]).includes(wanted);
}

/** The images in the order in which they are built: what a coding agent's image stands on comes before it. */
export function imagesFor(wanted: readonly Wanted[], naming: Naming): Image[] {
  const needsAgent = wanted.some((one) => isProgram(one));
  const ownParts = parts.filter((part) => wanted.includes(part) || (part === 'agent' && needsAgent));
  const images = ownParts.map((part) => ({
    name: nameOf(part, naming),
    dockerfile: `${part}/Dockerfile`,
    base: nodeImage,
    isOnOurs: false,
  }));
  const onTop = programs
    .filter((program) => wanted.includes(program))
    .map((program) => ({
      name: nameOf(`agent-${program}`, naming),
      dockerfile: `agent/images/${program}/Dockerfile`,
      base: nameOf('agent', naming),
      isOnOurs: true,
    }));
  return [...images, ...onTop];
}

function nameOf(what: string, { prefix, tag }: Naming): string {
  return `${prefix}verve-${what}:${tag}`;
}
