import { gzip } from "node:zlib";

/** Bodies up to this size are sent as they are: packing them would cost more than it saves (k8s.io/apiserver has the same bound). */
const smallestBytes = 131_072;

/** Whether a body of this size is to be packed for a client with this Accept-Encoding header (RFC 9110, section 12.5.3). */
export function isCompressionWanted(sizeBytes: number, acceptEncoding: string | undefined): boolean {
  return sizeBytes > smallestBytes && acceptsGzip(acceptEncoding ?? "");
}

/** Packs a body with gzip, fast rather than small, beside the event loop; undefined if that fails. */
export function compress(body: Buffer, done: (packed: Buffer | undefined) => void): void {
  gzip(body, { level: 1 }, (error, packed) => done(error === null ? packed : undefined));
}

/** A coding that is named decides, else `*` does. */
function acceptsGzip(acceptEncoding: string): boolean {
  const codings = acceptEncoding.split(",").map((clause) => {
    const [coding = "", ...parameters] = clause.split(";").map((part) => part.trim().toLowerCase());
    return { coding, refused: parameters.some((parameter) => /^q\s*=\s*0(?:\.0*)?$/u.test(parameter)) };
  });
  const chosen = codings.find(({ coding }) => coding === "gzip") ?? codings.find(({ coding }) => coding === "*");
  return chosen !== undefined && !chosen.refused;
}
