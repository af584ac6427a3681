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
  readonly size: () => number;
  readonly put: (object: T) => void;
  readonly remove: (object: Named) => void;
  /** Takes these objects for all there are. */
  readonly replace: (objects: readonly T[]) => void;
}

/** Makes an empty table. */
export function createObjectTable<T extends Named>(): ObjectTable<T> {
  let objectByName = new Map<string, Map<string, T>>();
  const sorted = new Map<string, readonly T[]>();

  function put(object: T): void {
    const siblings = objectByName.get(object.namespace) ?? new Map<string, T>();
    objectByName.set(object.namespace, siblings.set(object.name, object));
    sorted.delete(object.namespace);
  }

  return {
    get: (namespace, name) => objectByName.get(namespace)?.get(name),
    list: (namespace) => {
      const list = sorted.get(namespace) ?? sortByName(objectByName.get(namespace)?.values() ?? []);
      if (objectByName.has(namespace)) sorted.set(namespace, list);
      return list;
    },
    size: () => [...objectByName.values()].reduce((sum, siblings) => sum + siblings.size, 0),
    put,
    remove: ({ namespace, name }) => {
      const siblings = objectByName.get(namespace);
      siblings?.delete(name);
      if (siblings?.size === 0) objectByName.delete(namespace);
      sorted.delete(namespace);
    },
    replace: (objects) => {
      objectByName = new Map();
      sorted.clear();
      objects.forEach(put);
    },
  };
}

function sortByName<T extends Named>(objects: Iterable<T>): readonly T[] {
  return [...objects].sort((a, b) => (a.name < b.name ? -1 : 1));
}
