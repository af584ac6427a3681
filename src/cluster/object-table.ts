/** What an object is kept by; the namespace of a cluster-scoped one is empty. */
export interface Named {
  readonly namespace: string;
  readonly name: string;
}

/** Objects by namespace and name. What it hands out is never changed afterwards. */
export interface ObjectTable<T extends Named> {
  readonly get: (namespace: string, name: string) => T | undefined;
  /** The objects of a namespace, ordered by name; the same array until one of them changes. */
  readonly list: (namespace: string) => readonly T[];
  /** All objects, ordered by namespace and name; the same array until one of them changes. */
  readonly listAll: () => readonly T[];
  readonly size: () => number;
  readonly put: (object: T) => void;
  readonly remove: (object: Named) => void;
}

/** Makes an empty table. */
export function createObjectTable<T extends Named>(): ObjectTable<T> {
  const objectByName = new Map<string, Map<string, T>>();
  const sorted = new Map<string, readonly T[]>();
  let all: readonly T[] | undefined;

  function list(namespace: string): readonly T[] {
    const objects = sorted.get(namespace) ?? sortByName(objectByName.get(namespace)?.values() ?? []);
    if (objectByName.has(namespace)) sorted.set(namespace, objects);
    return objects;
  }

  function put(object: T): void {
    const siblings = objectByName.get(object.namespace) ?? new Map<string, T>();
    objectByName.set(object.namespace, siblings.set(object.name, object));
    forgetOrder(object.namespace);
  }

  function forgetOrder(namespace: string): void {
    sorted.delete(namespace);
    all = undefined;
  }

  return {
    get: (namespace, name) => objectByName.get(namespace)?.get(name),
    list,
    listAll: () => {
      // Namespaces that have not changed are not sorted again.
      all ??= [...objectByName.keys()].sort().flatMap((namespace) => list(namespace));
      return all;
    },
    size: () => [...objectByName.values()].reduce((sum, siblings) => sum + siblings.size, 0),
    put,
    remove: ({ namespace, name }) => {
      const siblings = objectByName.get(namespace);
      siblings?.delete(name);
      if (siblings?.size === 0) objectByName.delete(namespace);
      forgetOrder(namespace);
    },
  };
}

function sortByName<T extends Named>(objects: Iterable<T>): readonly T[] {
  return [...objects].sort((a, b) => (a.name < b.name ? -1 : 1));
}
