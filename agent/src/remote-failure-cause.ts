/** What git was asked to reach. */
export interface RemotePlace {
  readonly repository: string;
  /** The branch that was asked for by name. */
  readonly branch?: string | undefined;
}

/** One cause of a remote's refusal. */
export interface RemoteCause {
  readonly pattern: RegExp;
  readonly isTransient?: true;
  /** For a person who can mend it; `found` is what the pattern's first group found. */
  readonly say: (place: RemotePlace, found: string) => string;
}
