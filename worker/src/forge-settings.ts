import { anyCase, httpUrl, pullRequestSettings } from '@verve/contract';
import { z } from 'zod';

import { absent, has, when, type SchemaRule } from './json-schema.ts';
import { prefix } from './setting-types.ts';

const file = z.string().min(1);

const gitHubApp = z.strictObject({
  appId: z.int().min(1).meta({ description: "The App's number." }),
  privateKeyFile: file.meta({ description: "The App's private key, PEM; read again at each use." }),
});

const { draft, title, labels, reviewers, assignees } = pullRequestSettings.shape;

const pullRequest = z.strictObject({
  draft: draft.meta({ description: 'Whether they are opened as drafts.' }),
  title: title
    .refine((value) => !/\{(?!(?:title|task|agent)\})/.test(value ?? ''), {
      error: 'may have {title}, {task} and {agent} and no other braces',
    })
    .meta({
      allOf: [{ pattern: String.raw`^(?:[^{]|\{title\}|\{task\}|\{agent\})*$` }],
      description: 'A pattern with `{title}`, `{task}` and `{agent}`. Absent: the title of the task.',
    }),
  labels: labels.meta({
    description:
      'What they are labelled with. GitHub and GitLab make labels that are missing; Gitea leaves them out, and the log says so.',
  }),
  reviewers: reviewers.meta({
    description: 'Who is asked for a review: user names; on GitHub `org/team` too.',
  }),
  assignees: assignees.meta({ description: 'Whom they are assigned to: user names.' }),
});

/** Hosts whose forge is known without being named. */
const knownHosts: Readonly<Record<string, 'github' | 'gitlab'>> = {
  'github.com': 'github',
  'gitlab.com': 'gitlab',
};

/** The kind of forge behind a repository's address, or the beginning of one; undefined for hosts of others. */
export function knownForge(address: string): 'github' | 'gitlab' | undefined {
  const host = /^(?:[a-z]+:\/\/)?(?:[^@/]+@)?([^:/]+)/i.exec(address)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(knownHosts, host) ? knownHosts[host] : undefined;
}

/** Matches what `knownForge` knows of a host. */
function ofHost(host: string): SchemaRule {
  return { pattern: `^(?:[a-zA-Z]+://)?(?:[^@/]+@)?${anyCase(host)}(?:[:/]|$)` };
}

const gitHub = ofHost('github.com');
const gitLab = ofHost('gitlab.com');
const known: SchemaRule = { anyOf: [gitHub, gitLab] };

/** The same as below, for who reads the schema alone. */
const rules: readonly SchemaRule[] = [
  when(has('prefix', { not: known }), { required: ['kind'] }),
  when(
    {
      anyOf: [has('kind', { const: 'none' }), has('prefix', known), has('prefix', { pattern: '^https://' })],
    },
    {},
    { required: ['apiUrl'] },
  ),
  when(has('app'), { properties: { kind: { const: 'github' }, tokenFile: absent } }),
  when({ allOf: [has('app'), { not: has('kind') }] }, has('prefix', gitHub)),
  when(has('kind', { const: 'none' }), { properties: { tokenFile: absent, app: absent } }),
  when(has('prefix', gitHub), { properties: { kind: { enum: ['github', 'none'] } } }),
  when(has('prefix', gitLab), { properties: { kind: { enum: ['gitlab', 'none'] } } }),
];

/** Where pull requests of some repositories are opened. */
export const forge = z
  .strictObject({
    prefix,
    kind: z.enum(['github', 'gitlab', 'gitea', 'none']).optional().meta({
      description:
        'Which program it is; `gitea` is Forgejo too, `none` opens nothing. Absent: what github.com or gitlab.com is.',
    }),
    apiUrl: httpUrl.optional().meta({
      description:
        "The base of its API. Absent: that of github.com or gitlab.com, else `/api/v3` (GitHub), `/api/v4` (GitLab) or `/api/v1` (Gitea) of the prefix's host, which takes an https prefix.",
    }),
    tokenFile: file.optional().meta({
      description:
        'Opens pull requests; read again at each use. Absent: the password of the repository in `credentials`.',
    }),
    app: gitHubApp.optional().meta({
      description:
        'For `github`, instead of `tokenFile`: an App, of which the worker takes tokens for the one repository at hand. It logs git in, too, where `credentials` has nothing for the repository.',
    }),
    pullRequest: pullRequest.prefault({}).meta({ description: 'How its pull requests are made.' }),
  })
  .refine((value) => value.kind !== undefined || knownForge(value.prefix) !== undefined, {
    error: 'is needed where the prefix is neither of github.com nor of gitlab.com',
    path: ['kind'],
  })
  .refine((value) => value.apiUrl !== undefined || value.kind === 'none' || hasOwnApi(value.prefix), {
    error: 'is needed where the prefix is no https URL',
    path: ['apiUrl'],
  })
  .refine((value) => !value.app || (value.kind ?? knownForge(value.prefix)) === 'github', {
    error: 'is for the kind "github" alone',
    path: ['app'],
  })
  .refine((value) => !value.app || value.tokenFile === undefined, {
    error: 'stands instead of "tokenFile", not beside it',
    path: ['app'],
  })
  .refine((value) => value.kind !== 'none' || (value.tokenFile === undefined && !value.app), {
    error: 'opens nothing and takes neither "tokenFile" nor "app"',
    path: ['kind'],
  })
  .refine(
    ({ kind, prefix: at }) =>
      kind === undefined || kind === 'none' || [kind, undefined].includes(knownForge(at)),
    {
      error: 'is not what stands behind the prefix; leave it out',
      path: ['kind'],
    },
  )
  .meta({ allOf: rules });
export type ForgeSettings = z.infer<typeof forge>;

function hasOwnApi(address: string): boolean {
  return address.startsWith('https://') || knownForge(address) !== undefined;
}
