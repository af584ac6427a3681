/** What a name stands for, and the last source that claimed it. */
export interface Claim<Item, Source> {
  readonly item: Item;
  readonly winner: Source;
}

/** Names that several sources can claim, one after the other; the last one has it. */
export interface Claims<Item, Source> {
  /** Claims a name for a source, told from others by identity. `item` is the same for each claim of a name. */
  readonly add: (name: string, item: Item, source: Source) => void;
  readonly get: (name: string) => Claim<Item, Source> | undefined;
  /** All that the names stand for, in the order of the names. */
  readonly items: () => readonly Item[];
  /** Names that more than one source claimed, in order, with those that lost, in the order of their last claims. */
  readonly contested: () => readonly (Claim<Item, Source> & { readonly losers: readonly Source[] })[];
}

/** No claims yet. */
export function createClaims<Item, Source>(): Claims<Item, Source> {
  const claims = new Map<string, { readonly item: Item; winner: Source; readonly losers: Set<Source> }>();
  return {
    add: (name, item, source) => {
      const claim = claims.get(name);
      if (claim === undefined) {
        claims.set(name, { item, winner: source, losers: new Set() });
      } else if (claim.winner !== source) {
        claim.losers.delete(source);
        claim.losers.add(claim.winner);
        claim.winner = source;
      }
    },
    get: (name) => claims.get(name),
    items: () => sorted(claims).map(({ item }) => item),
    contested: () =>
      sorted(claims)
        .filter(({ losers }) => losers.size > 0)
        .map(({ item, winner, losers }) => ({ item, winner, losers: [...losers] })),
  };
}

function sorted<T>(valueByName: ReadonlyMap<string, T>): readonly T[] {
  return [...valueByName].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}
