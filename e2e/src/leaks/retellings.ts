/** How a program writes a value that it was given. */
export const retellings: Readonly<Record<string, (value: string) => string>> = {
  plain: (value) => value,
  base64: (value) => Buffer.from(value).toString('base64'),
  'base64 within more': (value) => Buffer.from(`{"key":"${value}"}`).toString('base64'),
  hex: (value) => Buffer.from(value).toString('hex'),
  URL: (value) => encodeURIComponent(value),
  JSON: (value) => JSON.stringify(value),
};

/** What the agent of these tests is given to tell. */
export interface Material {
  /** Each is told in every form and by every way that an agent has. */
  readonly values: Readonly<Record<string, string>>;
  /** A private key that nobody but the agent knows, told as it is. */
  readonly strayKey: string;
  /** A file of the repository, printed with `cat` and told as what a tool said. */
  readonly sourceFile: string;
}

/** How the agent ends: well, with a failure in its own words, or with an exit code after its last words. */
export type Telling = 'does the work' | 'gives up' | 'breaks';
