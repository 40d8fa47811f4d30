import type { Certificate } from './certificate.ts';
import {
  addMissing,
  addPull,
  startFakeForge,
  textIn,
  type FakeAnswer,
  type FakeCall,
  type FakeForge,
  type FakePull,
} from './fake-forge.ts';
import { gitLabViolations } from './fake-gitlab-description.ts';
import {
  branchAnswer,
  mergeRequestAnswer,
  numberOf,
  projectAnswer,
  userAnswer,
} from './fake-gitlab-words.ts';

/**
 * A fake GitLab, since there is none to run: as much of its API as opening a merge request takes, with faults on demand.
 * Its answers and the requests are held against what GitLab documents.
 */
export async function startFakeGitLab(certificate?: Certificate): Promise<FakeForge> {
  const kind = { apiPath: '/api/v4', fullName: 'acme/tools/app', answer, violations: gitLabViolations };
  return startFakeForge(kind, certificate);
}

const notFound: FakeAnswer = { status: 404, body: { message: '404 Project Not Found' } };

function answer(fake: FakeForge, call: FakeCall): FakeAnswer {
  const [, area = '', project = '', ...rest] = call.path.split('/').map(decodeURIComponent);
  if (area === 'users') return users(fake, call);
  if (project !== fake.fullName && project !== '3') return moved(fake);
  const [first = '', second = '', third = ''] = rest;
  if (first === '') return { status: 200, body: projectAnswer(fake) };
  if (first === 'repository') return branch(fake, third);
  if (second === '') return call.method === 'GET' ? list(fake, call) : open(fake, call);
  const pull = fake.pulls.find(({ number }) => number === Number(second));
  if (!pull) return notFound;
  if (call.method === 'PUT') edit(fake, pull, call);
  return { status: 200, body: mergeRequestAnswer(fake, pull) };
}

function moved(fake: FakeForge): FakeAnswer {
  return { status: 301, body: '', headers: { location: `${fake.apiUrl}/projects/3` } };
}

function users(fake: FakeForge, { query }: FakeCall): FakeAnswer {
  const name = query.get('username') ?? '';
  return { status: 200, body: fake.people.has(name) || name === 'verve' ? [userAnswer(name)] : [] };
}

function branch(fake: FakeForge, name: string): FakeAnswer {
  if (fake.branches.has(name)) return { status: 200, body: branchAnswer(fake, name) };
  return { status: 404, body: { message: '404 Branch Not Found' } };
}

function list(fake: FakeForge, { query }: FakeCall): FakeAnswer {
  const found = fake.pulls.filter((pull) => pull.branch === query.get('source_branch'));
  return { status: 200, body: found.map((pull) => mergeRequestAnswer(fake, pull)) };
}

function open(fake: FakeForge, call: FakeCall): FakeAnswer {
  const branch = textIn(call, 'source_branch');
  const there = fake.pulls.find((pull) => pull.branch === branch && pull.state === 'open');
  if (there) {
    const message = `Another open merge request already exists for this source branch: !${there.number}`;
    return { status: 409, body: { message: [message] } };
  }
  const title = textIn(call, 'title');
  const made = addPull(fake, {
    title,
    body: textIn(call, 'description'),
    branch,
    base: textIn(call, 'target_branch'),
    isDraft: title.startsWith('Draft: '),
  });
  return { status: 201, body: mergeRequestAnswer(fake, made) };
}

function edit(fake: FakeForge, pull: FakePull, call: FakeCall): void {
  const {
    description,
    add_labels: labels,
    reviewer_ids: reviewers,
    assignee_ids: assignees,
  } = call.body ?? {};
  if (typeof description === 'string') pull.body = description;
  // GitLab makes labels that are missing.
  if (typeof labels === 'string') addMissing(pull.labels, labels.split(','));
  if (Array.isArray(reviewers)) pull.reviewers = namesOf(fake, reviewers);
  if (Array.isArray(assignees)) pull.assignees = namesOf(fake, assignees);
}

function namesOf(fake: FakeForge, numbers: readonly unknown[]): string[] {
  return numbers.flatMap((number) => [...fake.people].filter((name) => numberOf(name) === number));
}
