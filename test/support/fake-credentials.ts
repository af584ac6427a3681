import type { Authority, Credentials, Leaf, Lifetimes, Trusted } from "../../src/apiservice/credentials.ts";
import { fail, ok } from "../../src/result.ts";

/**
 * Credentials whose certificates are texts, `[id endsMs madeMs]` or `[id endsMs issuer startsMs]`, and whose keys are `key of`
 * such a text. An authority starts when it is made. Making one takes no time, so that thousands of rotations can be tried.
 */
export function createFakeCredentials({ authorityMs, leafMs }: Lifetimes): Credentials {
  let made = 0;
  function numbered(kind: string): string {
    made += 1;
    return `${kind}${made}`;
  }
  return {
    makeAuthority: async (nowMs) => Promise.resolve(authority(numbered("ca"), nowMs, nowMs + authorityMs)),
    makeLeaf: async (issuer, nowMs) =>
      Promise.resolve(leaf(numbered("leaf"), Math.min(nowMs + leafMs, issuer.endsMs), issuer, nowMs)),
    readAuthority: (certPem, keyPem) => {
      const [read] = readAll(certPem);
      if (read?.id.startsWith("ca") !== true) return fail("it is no certificate of an authority");
      const { id, endsMs, third } = read;
      return ok({
        ...authority(id, Number(third), endsMs),
        ...(keyPem === `key of ${certPem}` ? {} : { keyPem: undefined }),
      });
    },
    readLeaf: ({ certPem, keyPem }, issuer) => {
      const [read] = readAll(certPem);
      if (read === undefined) return fail("it is no certificate");
      if (keyPem !== `key of ${certPem}`) return fail("its key does not belong to it");
      if (issuer !== undefined && issuer.id !== read.third) return fail("its authority did not sign it");
      return ok({ certPem, keyPem, startsMs: read.startsMs, endsMs: read.endsMs });
    },
    readBundle: (pem) => [...new Map(readAll(pem).map((each) => [each.id, each])).values()],
  };
}

/** An authority with its key. */
export function authority(id: string, madeMs: number, endsMs: number): Authority {
  const certPem = `[${id} ${endsMs} ${madeMs}]`;
  return { id, certPem, keyPem: `key of ${certPem}`, startsMs: madeMs, madeMs, endsMs };
}

/** A serving certificate; without `startsMs` it has always been valid. */
export function leaf(id: string, endsMs: number, issuer: Trusted, startsMs = 0): Leaf {
  const certPem = `[${id} ${endsMs} ${issuer.id} ${startsMs}]`;
  return { certPem, keyPem: `key of ${certPem}`, startsMs, endsMs };
}

/** The id of the authority that signed a fake certificate. */
export function issuerOf({ certPem }: Pick<Leaf, "certPem">): string {
  return readAll(certPem)[0]?.third ?? "";
}

function readAll(pem: string): readonly (Trusted & { readonly third: string; readonly startsMs: number })[] {
  return [...pem.matchAll(/\[(\w+) (\d+) (\w+)(?: (\d+))?\]/gu)].map(
    ([certPem, id = "", endsMs, third = "", starts = "0"]) => ({
      id,
      certPem,
      endsMs: Number(endsMs),
      third,
      startsMs: Number(starts),
    }),
  );
}
