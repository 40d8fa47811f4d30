import type { TestStorage } from '../../testing/storage.ts';

/** Opens an adapter on an empty database of its own; each suite is given one and disposes of what it opened. */
export type OpenStorage = () => Promise<TestStorage>;
