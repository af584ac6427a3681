import { X509Certificate } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { readSubject } from "../../src/apiservice/certificate-subject.ts";
import type { KeyPair } from "../../src/apiservice/certificates.ts";
import { authority, client } from "../support/test-pki.ts";

let ca: KeyPair;

beforeAll(async () => {
  ca = await authority("ca");
});

describe("readSubject()", () => {
  test.for([
    ["alice", {}, { organizations: [], uids: [] }],
    ["zoë", { organizations: ["dev"], uids: ["7"] }, { organizations: ["dev"], uids: ["7"] }],
    ["a,b=c", { organizations: ["d, e", "f"], uids: ["", "8+9"] }, { organizations: ["d, e", "f"], uids: ["", "8+9"] }],
  ] as const)("of %j with %j is byte for byte what was certified", async ([commonName, given, expected]) => {
    const { certPem } = await client(ca, commonName, given);
    expect(readSubject(new X509Certificate(certPem))).toEqual({ commonName, ...expected });
  });
});
