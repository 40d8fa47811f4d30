import type { Forge } from '../forge.ts';

/** No forge: the pushed branch is the result. */
export const noForge: Forge = {
  publish: async ({ spec, commit }) => ({
    status: 'completed',
    reason: 'BranchPushed',
    message: `pushed ${commit.slice(0, 12)} to ${spec.branch}`,
    branch: spec.branch,
    commit,
  }),
};
