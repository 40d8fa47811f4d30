import { newId } from '@verve/contract';
import { expect, test } from 'vitest';

import { createMetrics } from './metrics.ts';

function attemptOf(agent: string): { taskId: string; attempt: number; spec: { agent: { name: string } } } {
  return { taskId: newId('task'), attempt: 1, spec: { agent: { name: agent } } };
}

test('what an attempt has used moves from what is in hand to what has ended', async () => {
  const metrics = createMetrics({ withProcess: false, now: () => 0 });
  const [one, other] = [attemptOf('claude'), attemptOf('claude')];
  metrics.usageInHand(one, { costUsd: 0.25, inputTokens: 100 });
  metrics.usageInHand(one, { costUsd: 0.5, inputTokens: 200 });
  metrics.usageInHand(other, { costUsd: 1 });

  const before = await metrics.text();
  metrics.attemptEnded(one, { status: 'failed', reason: 'AgentFailed', usage: { costUsd: 0.75 } });
  metrics.attemptLost(other);
  const after = await metrics.text();

  expect(before).toContain('verve_worker_usage_in_hand_cost_usd{agent="claude"} 1.5');
  expect(before).toContain('verve_worker_usage_in_hand_tokens{agent="claude",direction="input"} 200');
  expect(after).toContain('verve_worker_usage_in_hand_cost_usd{agent="claude"} 0');
  expect(after).toContain('verve_worker_usage_cost_usd_total{agent="claude"} 1.75');
});
