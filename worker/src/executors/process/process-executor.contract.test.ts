import { describeExecutor } from '../../testing/executor-contract.ts';
import { openProcessStage } from '../../testing/process-stage.ts';

describeExecutor('process', async () => openProcessStage());
