import type { Certificate } from './certificate.ts';
import {
  addMissing,
  addPull,
  headOf,
  listIn,
  startFakeForge,
  textIn,
  type FakeAnswer,
  type FakeCall,
  type FakeForge,
  type FakePull,
} from './fake-forge.ts';

const pageSize = 50;

/** As much of Gitea's API as opening a pull request takes, with faults on demand. The real one is in `e2e`. */
export async function startFakeGitea(certificate?: Certificate): Promise<FakeForge> {
  return startFakeForge({ apiPath: '/api/v1', fullName: 'acme/app', answer }, certificate);
}

const notFound: FakeAnswer = { status: 404, body: { message: "The target couldn't be found." } };

function answer(fake: FakeForge, call: FakeCall): FakeAnswer {
  const [, , owner = '', name = '', ...rest] = call.path.split('/').map(decodeURIComponent);
  if (`${owner}/${name}` !== fake.fullName) {
    const location = call.path.replace(`${owner}/${name}`, fake.fullName);
    return { status: 301, body: '', headers: { location: `/api/v1${location}` } };
  }
  const [first = '', second = '', third = '', fourth = ''] = rest;
  if (first === '') return { status: 200, body: repository(fake) };
  if (first === 'branches') return fake.branches.has(second) ? { status: 200, body: {} } : notFound;
  if (first === 'git') return refs(fake, Number(fourth));
  if (!fake.takesPulls) return notFound;
  if (first === 'pulls' && second === '') return call.method === 'GET' ? list(fake, call) : open(fake, call);
  const pull = fake.pulls.find(({ number }) => number === Number(second));
  if (!pull) return notFound;
  if (third === 'labels') return label(fake, pull, call);
  if (third === 'requested_reviewers') return review(fake, pull, call);
  return call.method === 'PATCH' ? edit(fake, pull, call) : { status: 200, body: told(fake, pull) };
}

function repository(fake: FakeForge): object {
  return {
    id: 7,
    full_name: fake.fullName,
    html_url: `https://forge.example/${fake.fullName}`,
    archived: fake.isArchived,
    has_pull_requests: fake.takesPulls,
  };
}

function refs(fake: FakeForge, number: number): FakeAnswer {
  const pull = fake.pulls.find((each) => each.number === number);
  if (!pull) return notFound;
  return {
    status: 200,
    body: [{ ref: `refs/pull/${number}/head`, object: { sha: headOf(fake, pull), type: 'commit' } }],
  };
}

function told(fake: FakeForge, pull: FakePull): object {
  const { number, state, title, body, branch, fork, base, labels, reviewers, assignees } = pull;
  return {
    number,
    html_url: `https://forge.example/${fake.fullName}/pulls/${number}`,
    state: state === 'open' ? 'open' : 'closed',
    merged: state === 'merged',
    title,
    body,
    updated_at: new Date().toISOString(),
    // A branch that is there is told as it is now, whatever was merged.
    head: { ref: branch, sha: fake.branches.get(branch) ?? '', repo: { full_name: fork ?? fake.fullName } },
    base: { ref: base },
    labels: labels.map((name) => ({ name })),
    requested_reviewers: reviewers.map((login) => ({ login })),
    assignees: assignees.length === 0 ? null : assignees.map((login) => ({ login })),
  };
}

function list(fake: FakeForge, { query }: FakeCall): FakeAnswer {
  const first = (Number(query.get('page')) - 1) * pageSize;
  const page = fake.pulls.toReversed().slice(first, first + pageSize);
  return { status: 200, body: page.map((pull) => told(fake, pull)) };
}

function open(fake: FakeForge, call: FakeCall): FakeAnswer {
  const branch = textIn(call, 'head');
  const base = textIn(call, 'base');
  if (!fake.branches.has(base)) return notFound;
  if (fake.pulls.some((pull) => pull.branch === branch && pull.state === 'open')) {
    return { status: 409, body: { message: 'pull request already exists for these targets [id: 1]' } };
  }
  if (fake.isMerged) {
    const message = 'Invalid PullRequest: There are no changes between the head and the base';
    return { status: 422, body: { message } };
  }
  const title = textIn(call, 'title');
  const isDraft = title.startsWith('WIP: ');
  const pull = addPull(fake, { title, body: textIn(call, 'body'), branch, base, isDraft });
  return { status: 201, body: told(fake, pull) };
}

function label(fake: FakeForge, pull: FakePull, call: FakeCall): FakeAnswer {
  // Names that are not known are left out without a word.
  addMissing(
    pull.labels,
    listIn(call, 'labels').filter((name) => fake.labels.has(name)),
  );
  return { status: 200, body: pull.labels.map((name) => ({ name })) };
}

function review(fake: FakeForge, pull: FakePull, call: FakeCall): FakeAnswer {
  const people = listIn(call, 'reviewers');
  const teams = listIn(call, 'team_reviewers').map((team) => `acme/${team}`);
  const unknown = [...people, ...teams].find((name) => name !== 'verve' && !fake.people.has(name));
  if (unknown !== undefined) {
    return { status: 404, body: { message: `User '${unknown}' not exist` } };
  }
  if (people.includes('verve')) {
    return { status: 422, body: { message: "poster of pr can't be reviewer [user_id: 1, repo_id: 7]" } };
  }
  addMissing(pull.reviewers, [...people, ...teams]);
  return { status: 201, body: [] };
}

function edit(fake: FakeForge, pull: FakePull, call: FakeCall): FakeAnswer {
  const assignees = listIn(call, 'assignees');
  const unknown = assignees.find((name) => !fake.people.has(name));
  if (unknown !== undefined) {
    return { status: 422, body: { message: `Assignee does not exist: [name: ${unknown}]` } };
  }
  if (call.body?.['assignees'] !== undefined) pull.assignees = [...assignees];
  if (call.body?.['body'] !== undefined) pull.body = textIn(call, 'body');
  return { status: 201, body: told(fake, pull) };
}
