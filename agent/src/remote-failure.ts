import { lastWords } from '@verve/contract/last-words';

import type { RemoteCause, RemotePlace } from './remote-failure-cause.ts';
import { rightCauses, ruleCauses } from './remote-failure-rules.ts';

/** What a remote's refusal means. */
export interface RemoteFailure {
  /** The same may succeed in a moment. */
  readonly isTransient: boolean;
  /** For a person who can mend it. */
  readonly sentence: string;
}

const wordsLength = 1_500;

/** A ref that another push has moved or holds; what stands in its way for good is not meant. */
const movedRef =
  /stale info|incorrect old value|failed to update ref|cannot lock ref(?![^\n]*(?:cannot create|permission denied|read-only|no space))/i;

/** Whether git's words say that a ref moved, or was held, in the same moment: seen anew, it may be pushed. */
export function isMovedRef(words: string): boolean {
  return movedRef.test(words);
}

const moved: RemoteCause = {
  pattern: movedRef,
  isTransient: true,
  say: ({ repository }) => `somebody else pushed to ${repository} in the same moment`,
};

/** What git says where a remote took the work and then did not want it. */
const declined = /remote rejected|hook declined/i;

/** git and curl speak English here, whatever the machine's language. */
const causes: readonly RemoteCause[] = [
  {
    pattern: /could not resolve (?:host|proxy|hostname):? ?([\w.-]*)/i,
    isTransient: true,
    say: (_, host) =>
      `the name ${host} has no address: check the repository's address, the proxy and the DNS`,
  },
  {
    pattern: /remote branch (\S+) not found/i,
    say: ({ repository }, branch) =>
      `${repository} has no branch "${branch}"; name one that exists as the task's base branch`,
  },
  {
    pattern: /certificate|SSL peer|CAfile|CRLfile/i,
    say: ({ repository }) =>
      `the TLS certificate of ${repository} is not trusted; name its authority in the worker's network.caFile`,
  },
  {
    pattern: /could not read (?:username|password)|authentication failed|error: 401|invalid credentials/i,
    say: ({ repository }) =>
      `${repository} asks for a login, and the worker has none that it takes; ` +
      'check "credentials" in its configuration: the prefix, the username, and whether the password is still valid',
  },
  {
    pattern: /permission denied \(|host key verification failed|no supported authentication/i,
    say: ({ repository }) =>
      `ssh could not log in to ${repository}; check the key and the known hosts of the worker's gitEnvironment`,
  },
  {
    pattern: /'(\S+)' exists; cannot create/,
    say: ({ repository }, ref) => `${ref} of ${repository} is in the way; rename or delete it`,
  },
  {
    pattern: /archived|read-only/i,
    say: ({ repository }) => `${repository} is archived or read only; unarchive it, or use another`,
  },
  {
    pattern: /protected branch|protected from/i,
    say: ({ repository }) =>
      `a branch protection of ${repository} forbids the push; allow the worker's user to push branches verve/*`,
  },
  ...rightCauses,
  {
    pattern: /error: 403|access denied|permission denied|not permitted|forbidden/i,
    say: ({ repository }) =>
      `the worker's credentials have no right for this on ${repository}; ` +
      'they need to read it, and to write it for publishing',
  },
  {
    pattern: /unable to update url base from redirection|error: 30\d/i,
    say: ({ repository }) =>
      `${repository} leads to another address, which is not followed with credentials; use the new address in the task`,
  },
  {
    pattern: /not found|does not exist|does not appear to be a git repository|error: 404/i,
    say: ({ repository }) =>
      `there is no repository at ${repository}, or the worker's credentials may not see it`,
  },
  {
    pattern:
      /failed to connect|couldn't connect|connection (?:refused|reset|timed out|closed|was)|timed out|operation too slow|early eof|unexpected disconnect|unexpected eof|remote end hung up|hung up unexpectedly|network is unreachable|no route to host|temporary failure|empty reply|recv failure|send failure|rpc failed|non-properly terminated|gnutls|ssl_error|error: 5\d\d|error: 429/i,
    isTransient: true,
    say: ({ repository }) => `${repository} cannot be reached at the moment`,
  },
];

/** Git's words without lines that are empty, or that say nothing but where it pushed to. */
function tidied(words: string): string {
  const lines = words.split('\n').map((line) => line.trimEnd());
  return lines.filter((line) => !/^(?:remote:)?\s*(?:error:)?$|^To \S+$/.test(line)).join('\n');
}

/** Reads what git said of a remote: the first cause that fits counts, and git's own words follow the sentence. */
export function explainRemote(words: string, place: RemotePlace): RemoteFailure {
  const tidy = tidied(words);
  const told = lastWords(tidy, wordsLength);
  // Its name may have words in it that mean something elsewhere.
  const plain = words.replaceAll(place.repository, 'the repository');
  const known = [moved, ...(declined.test(plain) ? ruleCauses : []), ...causes];
  for (const { pattern, isTransient, say } of known) {
    const found = pattern.exec(plain);
    if (!found) continue;
    const sentence = `${say(place, found[1] ?? '')}. git said: ${told}`;
    return { isTransient: isTransient === true, sentence };
  }
  return { isTransient: false, sentence: `git failed on ${place.repository}: ${told}` };
}
