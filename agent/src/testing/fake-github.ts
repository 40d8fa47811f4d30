import type { Certificate } from './certificate.ts';
import {
  addMissing,
  addPull,
  listIn,
  startFakeForge,
  textIn,
  type FakeAnswer,
  type FakeCall,
  type FakeForge,
  type FakePull,
} from './fake-forge.ts';
import { gitHubDescription, type GitHubEdition } from './fake-github-description.ts';
import { createGitHubWords, invalid, notFound, type GitHubWords } from './fake-github-words.ts';

/**
 * A fake GitHub, since there is none to run: as much of its API as opening a pull request takes, with faults on demand.
 * Its answers are those that GitHub's published description shows, with what the test knows put in; they and the
 * requests are held against that description.
 */
export async function startFakeGitHub(
  edition: GitHubEdition = 'api.github.com',
  certificate?: Certificate,
): Promise<FakeForge> {
  const description = gitHubDescription(edition);
  const words = createGitHubWords(description);
  const kind = {
    apiPath: edition === 'api.github.com' ? '' : '/api/v3',
    fullName: 'acme/app',
    answer: (fake: FakeForge, call: FakeCall) => answer({ fake, words, apiPath: kind.apiPath }, call),
    violations: (call: FakeCall, given: FakeAnswer) => description.violations(call, given),
  };
  return startFakeForge(kind, certificate);
}

interface Served {
  readonly fake: FakeForge;
  readonly words: GitHubWords;
  readonly apiPath: string;
}

function answer({ fake, words, apiPath }: Served, call: FakeCall): FakeAnswer {
  const [, area = '', owner = '', name = '', ...rest] = call.path.split('/').map(decodeURIComponent);
  if (area === 'repositories') return { status: 200, body: words.repository(fake) };
  if (`${owner}/${name}` !== fake.fullName) return moved(fake, apiPath);
  const [first = '', second = '', third = ''] = rest;
  if (first === '') return { status: 200, body: words.repository(fake) };
  if (!fake.takesPulls) return notFound;
  if (first === 'pulls' && second === '') {
    return call.method === 'GET'
      ? list({ fake, words, apiPath }, call)
      : open({ fake, words, apiPath }, call);
  }
  const pull = fake.pulls.find(({ number }) => number === Number(second));
  if (!pull) return notFound;
  if (third === 'labels') return label({ fake, words, apiPath }, pull, call);
  if (third === 'assignees') return assign({ fake, words, apiPath }, pull, call);
  if (third === 'requested_reviewers') return review({ fake, words, apiPath }, pull, call);
  pull.body = textIn(call, 'body');
  return { status: 200, body: words.pull(fake, pull) };
}

function moved(fake: FakeForge, apiPath: string): FakeAnswer {
  const url = new URL(`${apiPath}/repositories/1296269`, fake.apiUrl).href;
  const body = {
    message: 'Moved Permanently',
    url,
    documentation_url:
      'https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects',
  };
  return { status: 301, body, headers: { location: url } };
}

function list({ fake, words }: Served, { query }: FakeCall): FakeAnswer {
  const [, branch] = (query.get('head') ?? '').split(/:(.*)/);
  const isWanted = (pull: FakePull): boolean =>
    (branch === undefined || pull.branch === branch) &&
    (query.get('state') === 'all' || pull.state === 'open');
  return { status: 200, body: fake.pulls.filter(isWanted).map((pull) => words.listed(fake, pull)) };
}

function open({ fake, words }: Served, call: FakeCall): FakeAnswer {
  const branch = textIn(call, 'head');
  const base = textIn(call, 'base');
  const isDraft = call.body?.['draft'] === true;
  if (!fake.branches.has(base)) return invalid({ field: 'base', code: 'invalid' });
  if (fake.pulls.some((pull) => pull.branch === branch && pull.state === 'open')) {
    return invalid({ code: 'custom', message: `A pull request already exists for acme:${branch}.` });
  }
  if (fake.isMerged) {
    return invalid({ code: 'custom', message: `No commits between ${base} and ${branch}` });
  }
  if (isDraft && !fake.takesDrafts) {
    return invalid({ code: 'custom', message: 'Draft pull requests are not supported in this repository.' });
  }
  const wanted = { title: textIn(call, 'title'), body: textIn(call, 'body'), branch, base, isDraft };
  return { status: 201, body: words.pull(fake, addPull(fake, wanted)) };
}

function label({ words }: Served, pull: FakePull, call: FakeCall): FakeAnswer {
  // GitHub makes those that are missing.
  addMissing(pull.labels, listIn(call, 'labels'));
  return { status: 200, body: words.labels(pull) };
}

function assign({ fake, words }: Served, pull: FakePull, call: FakeCall): FakeAnswer {
  // Those who cannot be assigned are left out without a word.
  addMissing(
    pull.assignees,
    listIn(call, 'assignees').filter((name) => fake.people.has(name)),
  );
  return { status: 201, body: words.issue(pull) };
}

function review({ fake, words }: Served, pull: FakePull, call: FakeCall): FakeAnswer {
  const people = listIn(call, 'reviewers');
  const teams = listIn(call, 'team_reviewers').map((team) => `acme/${team}`);
  if (people.includes('verve')) return refused('Review cannot be requested from pull request author.');
  if (![...people, ...teams].every((name) => fake.people.has(name))) {
    return refused(
      'Reviews may only be requested from collaborators. ' +
        'One or more of the users or teams you specified is not a collaborator of the acme/app repository.',
    );
  }
  addMissing(pull.reviewers, [...people, ...teams]);
  return { status: 201, body: words.reviewed(fake, pull) };
}

function refused(message: string): FakeAnswer {
  const documentation_url =
    'https://docs.github.com/rest/pulls/review-requests#request-reviewers-for-a-pull-request';
  return { status: 422, body: { message, documentation_url } };
}
