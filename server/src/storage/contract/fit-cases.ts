import type { Labels } from '@verve/contract';

import type { Fit } from '../queue-store.ts';

/** A task and a worker of one project, and whether the worker takes the task. */
export interface FitCase {
  readonly name: string;
  readonly task: {
    readonly agent?: string;
    readonly repository?: string;
    readonly requires?: Labels;
  };
  readonly worker: Partial<Omit<Fit, 'projectId'>>;
  readonly fits: boolean;
}

/** The repository of a task that names none here. */
export const fitRepository = 'https://git.example/acme/app.git';

/** What `fitsWorker` says and every adapter's claim must agree with. */
export const fitCases: readonly FitCase[] = [
  { name: 'anything fits a worker without bounds', task: { agent: 'claude' }, worker: {}, fits: true },
  { name: 'an offered agent', task: { agent: 'codex' }, worker: { agents: ['claude', 'codex'] }, fits: true },
  { name: 'an agent not offered', task: { agent: 'codex' }, worker: { agents: ['claude'] }, fits: false },
  {
    name: 'an agent of another case',
    task: { agent: 'Claude' },
    worker: { agents: ['claude'] },
    fits: false,
  },
  { name: 'no agent named', task: {}, worker: { agents: ['claude'] }, fits: true },
  { name: 'no agent named, none offered', task: {}, worker: { agents: [] }, fits: true },
  { name: 'an agent, none offered', task: { agent: 'claude' }, worker: { agents: [] }, fits: false },
  { name: 'the very repository', task: {}, worker: { repositories: [fitRepository] }, fits: true },
  { name: 'no repository allowed', task: {}, worker: { repositories: [] }, fits: false },
  {
    name: 'the second of the patterns',
    task: {},
    worker: { repositories: ['https://other.example/**', 'https://git.example/acme/*'] },
    fits: true,
  },
  {
    name: '* within a segment',
    task: {},
    worker: { repositories: ['https://git.example/*/app.git'] },
    fits: true,
  },
  { name: '* across segments', task: {}, worker: { repositories: ['https://git.example/*'] }, fits: false },
  { name: '** across segments', task: {}, worker: { repositories: ['https://git.example/**'] }, fits: true },
  { name: '** alone', task: {}, worker: { repositories: ['**'] }, fits: true },
  { name: '* alone', task: {}, worker: { repositories: ['*'] }, fits: false },
  { name: '*** is ** and *', task: {}, worker: { repositories: ['https:***'] }, fits: true },
  {
    name: '* for nothing',
    task: {},
    worker: { repositories: ['https://git.example/acme/*app.git'] },
    fits: true,
  },
  {
    name: 'the whole address',
    task: {},
    worker: { repositories: ['git.example/acme/app.git'] },
    fits: false,
  },
  {
    name: 'a beginning is not enough',
    task: {},
    worker: { repositories: ['https://git.example/'] },
    fits: false,
  },
  {
    name: 'a dot is a dot',
    task: {},
    worker: { repositories: ['https://gitXexample/acme/app.git'] },
    fits: false,
  },
  {
    name: 'characters with a meaning elsewhere',
    task: { repository: 'git@git.example:a+b/(c)[d]{2}|e^$?%_.git' },
    worker: { repositories: ['git@git.example:a+b/(c)[d]{2}|e^$?%_.*'] },
    fits: true,
  },
  {
    name: 'a percent sign is no wildcard',
    task: { repository: 'https://git.example/acme/app' },
    worker: { repositories: ['https://git.example/%/app', 'https://git.example/acm_/app'] },
    fits: false,
  },
  {
    name: 'a backslash is itself',
    task: { repository: 'https://git.example/a\\d' },
    worker: { repositories: ['https://git.example/a\\*'] },
    fits: true,
  },
  {
    name: 'a backslash and a letter are no class',
    task: { repository: 'https://git.example/a1' },
    worker: { repositories: ['https://git.example/a\\d'] },
    fits: false,
  },
  {
    name: 'required labels among others',
    task: { requires: { zone: 'eu' } },
    worker: { labels: { zone: 'eu', gpu: 'yes' } },
    fits: true,
  },
  {
    name: 'a required label of another value',
    task: { requires: { zone: 'eu' } },
    worker: { labels: { zone: 'us' } },
    fits: false,
  },
  {
    name: 'one of two required labels',
    task: { requires: { zone: 'eu', gpu: 'yes' } },
    worker: { labels: { zone: 'eu' } },
    fits: false,
  },
  {
    name: 'a label that only looks inherited',
    task: { requires: { toString: '' } },
    worker: {},
    fits: false,
  },
  { name: 'labels that nobody requires', task: {}, worker: { labels: { zone: 'eu' } }, fits: true },
  {
    name: 'all three at once',
    task: { agent: 'claude', requires: { zone: 'eu' } },
    worker: { agents: ['claude'], repositories: ['https://git.example/**'], labels: { zone: 'eu' } },
    fits: true,
  },
];
