/** What one check found, and how to mend it. */
export interface Finding {
  /** One word for what was looked at. */
  readonly check: string;
  /** `failed`: tasks will not run, or not well. */
  readonly state: 'ok' | 'warning' | 'failed';
  readonly message: string;
  readonly fix?: string;
}
