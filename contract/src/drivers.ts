/** The coding agents that Verve knows how to run. */
export const driverNames = [
  'demo',
  'command',
  'claude',
  'codex',
  'opencode',
  'gemini',
  'qwen',
  'pi',
] as const;
export type DriverName = (typeof driverNames)[number];

interface DriverTraits {
  /** Whether its events tell money; where they do not, a bound on it needs a price of the model. */
  readonly tellsCost: boolean;
  /** Whether it speaks more than one protocol of model hosts, of which its entry names one. */
  readonly takesApi: boolean;
}

/**
 * Whom it asks for its model. `none`: nobody, or somebody of whom Verve knows nothing. `maker`: another than its maker's
 * host where its entry names one. `named`: its maker has no host, or more than one, so that its entry has to name one.
 */
type ModelHostTrait =
  | { readonly modelHost: 'none' | 'named' }
  | { readonly modelHost: 'maker'; readonly makersHost: string };

/** What both the worker, which reads agents' entries, and the agent, which starts their programs, have to know. */
export const driverTraits = {
  demo: { tellsCost: true, takesApi: false, modelHost: 'none' },
  command: { tellsCost: true, takesApi: false, modelHost: 'none' },
  claude: {
    tellsCost: true,
    takesApi: false,
    modelHost: 'maker',
    makersHost: 'https://api.anthropic.com',
  },
  codex: {
    tellsCost: false,
    takesApi: false,
    modelHost: 'maker',
    makersHost: 'https://api.openai.com/v1',
  },
  // It knows no price but that of the configuration.
  opencode: { tellsCost: false, takesApi: true, modelHost: 'named' },
  gemini: {
    tellsCost: false,
    takesApi: false,
    modelHost: 'maker',
    makersHost: 'https://generativelanguage.googleapis.com',
  },
  qwen: { tellsCost: false, takesApi: false, modelHost: 'named' },
  // It reckons by the price that it is given, as Verve does.
  pi: { tellsCost: false, takesApi: true, modelHost: 'named' },
} as const satisfies Record<DriverName, DriverTraits & ModelHostTrait>;

/** The drivers whose model host has to be named. */
export type HostlessDriver = {
  [Name in DriverName]: (typeof driverTraits)[Name]['modelHost'] extends 'named' ? Name : never;
}[DriverName];

/** Whether there is a driver of that name, which may be anything: `constructor`, say. */
export function isDriverName(name: string): name is DriverName {
  return Object.hasOwn(driverTraits, name);
}
