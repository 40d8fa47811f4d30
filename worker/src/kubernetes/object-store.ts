import type { KubernetesObject } from '@kubernetes/client-node';

/** Hears of a change of an object; `undefined` is one that is gone. Must not throw. */
type ObjectListener<T> = (name: string, value: T | undefined) => void;

/** Objects by their names, and who wants to hear of their changes. */
export interface ObjectStore<T> {
  get(name: string): T | undefined;
  values(): readonly T[];
  put(value: T): void;
  drop(name: string): void;
  /** These are all there are. */
  replace(values: readonly T[]): void;
  /** Calls the listener for each change until the answer is called. */
  subscribe(listener: ObjectListener<T>): () => void;
}

/** A store without objects. */
export function createObjectStore<T extends KubernetesObject>(): ObjectStore<T> {
  const objects = new Map<string, T>();
  const listeners = new Set<ObjectListener<T>>();

  function tell(name: string, value: T | undefined): void {
    for (const listener of listeners) listener(name, value);
  }

  function put(value: T): void {
    const name = nameOf(value);
    if (objects.get(name)?.metadata?.resourceVersion === value.metadata?.resourceVersion) return;
    objects.set(name, value);
    tell(name, value);
  }

  function drop(name: string): void {
    if (objects.delete(name)) tell(name, undefined);
  }

  return {
    get: (name) => objects.get(name),
    values: () => [...objects.values()],
    put,
    drop,
    replace(values) {
      const names = new Set(values.map(nameOf));
      for (const name of objects.keys()) if (!names.has(name)) drop(name);
      for (const value of values) put(value);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** An object's name; empty when it has none. */
export function nameOf({ metadata }: KubernetesObject): string {
  return metadata?.name ?? '';
}
