import { z } from 'zod';

import type { FakeAnswer, FakeCall } from './fake-forge.ts';

// GitLab publishes no description of its API as a package, so this is what its documentation says of the calls that are
// made here, in the documentation's order. An attribute that is not documented is a violation, sent or answered.

const id = z.int().positive();
const time = z.iso.datetime({ offset: true });
const access = z.enum(['disabled', 'private', 'enabled']);

/** https://docs.gitlab.com/api/users/#list-all-users, as other users see one. */
const user = z.strictObject({
  id,
  username: z.string(),
  name: z.string(),
  state: z.enum(['active', 'blocked', 'deactivated']),
  locked: z.boolean(),
  avatar_url: z.url().nullable(),
  web_url: z.url(),
});

/** https://docs.gitlab.com/api/projects/#retrieve-a-project, as far as the fake tells it. */
const project = z.strictObject({
  id,
  description: z.string().nullable(),
  name: z.string(),
  name_with_namespace: z.string(),
  path: z.string(),
  path_with_namespace: z.string(),
  created_at: time,
  default_branch: z.string().nullable(),
  ssh_url_to_repo: z.string(),
  http_url_to_repo: z.url(),
  web_url: z.url(),
  archived: z.boolean(),
  visibility: z.enum(['private', 'internal', 'public']),
  empty_repo: z.boolean(),
  merge_requests_enabled: z.boolean(),
  merge_requests_access_level: access,
  issues_enabled: z.boolean(),
  issues_access_level: access,
});

/** https://docs.gitlab.com/api/branches/#get-single-repository-branch. */
const branch = z.strictObject({
  name: z.string(),
  merged: z.boolean(),
  protected: z.boolean(),
  default: z.boolean(),
  can_push: z.boolean(),
  web_url: z.url(),
  commit: z.looseObject({ id: z.string() }),
});

/** https://docs.gitlab.com/api/merge_requests/#get-single-mr and #create-mr. */
const mergeRequest = z.strictObject({
  id,
  iid: id,
  project_id: id,
  title: z.string(),
  description: z.string().nullable(),
  state: z.enum(['opened', 'closed', 'locked', 'merged']),
  created_at: time,
  updated_at: time,
  merged_at: time.nullable(),
  closed_at: time.nullable(),
  target_branch: z.string(),
  source_branch: z.string(),
  author: user,
  assignee: user.nullable(),
  assignees: z.array(user),
  reviewers: z.array(user),
  source_project_id: id.nullable(),
  target_project_id: id,
  labels: z.array(z.string()),
  draft: z.boolean(),
  detailed_merge_status: z.string(),
  sha: z.string().nullable(),
  merge_commit_sha: z.string().nullable(),
  references: z.strictObject({ short: z.string(), relative: z.string(), full: z.string() }),
  web_url: z.url(),
  squash: z.boolean(),
  has_conflicts: z.boolean(),
  blocking_discussions_resolved: z.boolean(),
});

/** https://docs.gitlab.com/api/rest/troubleshooting/ and https://docs.gitlab.com/api/oauth2/. */
const refusal = z.union([
  z.strictObject({
    message: z.union([z.string(), z.array(z.string()), z.record(z.string(), z.array(z.string()))]),
  }),
  z.strictObject({ error: z.string(), error_description: z.string(), scope: z.string().optional() }),
]);

const titleLength = 255;
const number = z.string().regex(/^\d+$/);
const none = z.strictObject({});

/** https://docs.gitlab.com/api/merge_requests/#create-mr; `id` and the branches apart, #update-mr has the same. */
const attributes = {
  title: z.string().max(titleLength).optional(),
  description: z.string().max(1_048_576).optional(),
  assignee_ids: z.array(id).optional(),
  reviewer_ids: z.array(id).optional(),
  labels: z.string().optional(),
  remove_source_branch: z.boolean().optional(),
  squash: z.boolean().optional(),
};

interface Described {
  readonly query: z.ZodType;
  readonly body?: z.ZodType;
  readonly status: number;
  readonly answer: z.ZodType;
}

const calls: readonly (readonly [string, RegExp, Described])[] = [
  ['GET', /^\/projects\/[^/]+$/, { query: none, status: 200, answer: project }],
  ['GET', /^\/projects\/[^/]+\/repository\/branches\/[^/]+$/, { query: none, status: 200, answer: branch }],
  [
    'GET',
    /^\/users$/,
    {
      query: z.strictObject({ username: z.string(), per_page: number.optional(), page: number.optional() }),
      status: 200,
      answer: z.array(user),
    },
  ],
  [
    'GET',
    /^\/projects\/[^/]+\/merge_requests$/,
    {
      // https://docs.gitlab.com/api/merge_requests/#list-project-merge-requests
      query: z.strictObject({
        source_branch: z.string(),
        scope: z.enum(['created_by_me', 'assigned_to_me', 'all']).optional(),
        state: z.enum(['opened', 'closed', 'locked', 'merged', 'all']).optional(),
        per_page: number.optional(),
        page: number.optional(),
      }),
      status: 200,
      answer: z.array(mergeRequest),
    },
  ],
  [
    'POST',
    /^\/projects\/[^/]+\/merge_requests$/,
    {
      query: none,
      body: z.strictObject({
        ...attributes,
        title: z.string().max(titleLength),
        source_branch: z.string(),
        target_branch: z.string(),
      }),
      status: 201,
      answer: mergeRequest,
    },
  ],
  ['GET', /^\/projects\/[^/]+\/merge_requests\/\d+$/, { query: none, status: 200, answer: mergeRequest }],
  [
    'PUT',
    /^\/projects\/[^/]+\/merge_requests\/\d+$/,
    {
      query: none,
      body: z.strictObject({ ...attributes, add_labels: z.string().optional() }),
      status: 200,
      answer: mergeRequest,
    },
  ],
];

/** What is not as documented in a call and its answer. */
export function gitLabViolations(call: FakeCall, { status, body }: FakeAnswer): readonly string[] {
  const at = `${call.method} ${call.path} → ${status}`;
  const [, , described] =
    calls.find(([method, path]) => method === call.method && path.test(call.path)) ?? [];
  if (!described) return [`${at}: the call is not documented`];
  const isGranted = status < 300;
  const checks: readonly (readonly [string, z.ZodType, unknown])[] = [
    ['query', described.query, Object.fromEntries(call.query)],
    ['body', described.body ?? z.undefined(), call.body],
    ...(typeof body === 'string' ? [] : [['answer', isGranted ? described.answer : refusal, body] as const]),
  ];
  const wrong = isGranted && status !== described.status && typeof body !== 'string';
  return [
    ...(wrong ? [`${at}: the status is not documented`] : []),
    ...checks.flatMap(([what, schema, value]) => {
      const { error } = schema.safeParse(value);
      return error ? [`${at}: ${what}: ${z.prettifyError(error)}`] : [];
    }),
  ];
}
