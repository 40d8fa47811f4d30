import type { Certificate } from '../../testing/certificate.ts';
import type { FakeAnswer, FakeCall, FakeForge } from '../../testing/fake-forge.ts';

/** Something that a forge refuses for, and what a person reads then. */
export interface RefusalCase {
  readonly cause: string;
  /** Has the fake refuse. */
  readonly arrange: (fake: FakeForge) => void;
  readonly says: string;
}

/** One kind of forge that opens pull requests, as the contract suite meets it. */
export interface ForgeWorld {
  /** For the names of tests. */
  readonly title: string;
  readonly kind: string;
  /** Of the task; an https address. */
  readonly repository: string;
  readonly start: (certificate?: Certificate) => Promise<FakeForge>;
  /** Where the web page of a pull request is. */
  readonly pullUrl: (number: number) => string;
  /** The call that opens a pull request, and the one that rewrites it. */
  readonly isOpening: (call: FakeCall) => boolean;
  readonly isRewriting: (call: FakeCall) => boolean;
  readonly token: (call: FakeCall) => unknown;
  /** The answer to too many calls. */
  readonly limit: (waitSeconds: number) => FakeAnswer;
  readonly refusals: readonly RefusalCase[];
  /** What the log reads of people whom the forge does not take. */
  readonly leftOut: readonly string[];
}

/** Refuses the calls that fit with an answer. */
export function refuse(
  answer: FakeAnswer,
  fits: (call: FakeCall) => boolean = () => true,
): RefusalCase['arrange'] {
  return (fake) => {
    fake.intercept = (call) => (fits(call) ? answer : undefined);
  };
}

/** What every forge refuses for. */
export const commonRefusals: readonly RefusalCase[] = [
  {
    cause: 'an archived repository',
    arrange: (fake) => {
      fake.isArchived = true;
    },
    says: 'is archived; unarchive it, then retry',
  },
  {
    cause: 'pull requests that are turned off',
    arrange: (fake) => {
      fake.takesPulls = false;
    },
    says: 'turned off; turn them on',
  },
  {
    cause: 'a base branch that is gone',
    arrange: (fake) => {
      fake.branches.delete('main');
    },
    says: 'has no branch "main" any more; name another as the task\'s base branch',
  },
  {
    cause: 'a repository that was renamed',
    arrange: (fake) => {
      fake.fullName = fake.fullName.replace(/app$/, 'renamed');
    },
    says: '/renamed; use its new address',
  },
  {
    cause: 'a redirect to elsewhere',
    arrange: refuse({ status: 302, body: '', headers: { location: 'https://elsewhere.example/login' } }),
    says: 'leads elsewhere and is not followed with the token; check the apiUrl',
  },
  {
    cause: 'an answer that is no API',
    arrange: refuse({ status: 200, body: 'hello' }),
    says: 'is not the API of a',
  },
];
