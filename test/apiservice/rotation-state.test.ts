import { describe, expect, test } from "vitest";
import { type RotationState, readRotationState, writeRotationState } from "../../src/apiservice/rotation-state.ts";
import { authority, createFakeCredentials, leaf } from "../support/fake-credentials.ts";

const nowMs = 1_000;
const credentials = createFakeCredentials({ authorityMs: 100, leafMs: 10 });
const [ca, next, former] = ["ca1", "ca2", "ca0"].map((id) => authority(id, 900, 2_000));
if (ca === undefined || next === undefined || former === undefined) throw new Error("unreachable");

const whole: RotationState = {
  authority: ca,
  leaf: leaf("leaf", 1_500, ca),
  next,
  trustedSinceMs: 999,
  former: [{ id: former.id, certPem: former.certPem, endsMs: former.endsMs }],
  formerUntilMs: 1_400,
};
const empty: RotationState = {
  authority: undefined,
  leaf: undefined,
  next: undefined,
  trustedSinceMs: undefined,
  former: [],
  formerUntilMs: 0,
};
const data = writeRotationState(whole);

function read(change: Readonly<Record<string, string>>) {
  return readRotationState({ ...data, ...change }, credentials, nowMs);
}

describe("writeRotationState()", () => {
  test("has a key for each part that is there", () => {
    expect(Object.keys(data)).toEqual([
      "ca.crt",
      "ca.key",
      "tls.crt",
      "tls.key",
      "next-ca.crt",
      "next-ca.key",
      "next-ca-trusted-since",
      "former-ca.crt",
      "former-ca-until",
    ]);
    expect(writeRotationState(empty)).toEqual({});
  });
});

describe("readRotationState()", () => {
  test.for([
    ["a whole state", data, whole],
    ["an empty Secret", {}, empty],
    ["keys of others", { "extra.txt": "x" }, empty],
  ] as const)("reads %s", ([, from, state]) => {
    expect(readRotationState(from, credentials, nowMs).state).toMatchObject(state);
    expect(readRotationState(from, credentials, nowMs).problems).toEqual([]);
  });

  test.for([
    ["ca.crt", ["ca.crt: it is no certificate of an authority"], { authority: undefined, leaf: undefined }],
    ["ca.key", ["ca.key: it is no RSA key of ca.crt"], { authority: { ...ca, keyPem: undefined }, leaf: whole.leaf }],
    ["tls.crt", ["tls.crt: it is no certificate"], { authority: ca, leaf: undefined }],
    ["tls.key", ["tls.crt: its key does not belong to it"], { authority: ca, leaf: undefined }],
    ["next-ca.crt", ["next-ca.crt: it is no certificate of an authority"], { next: undefined }],
    ["next-ca.key", ["next-ca.key: it is no RSA key of next-ca.crt"], { next: undefined }],
    ["next-ca-trusted-since", [], { next, trustedSinceMs: undefined }],
    ["former-ca.crt", [], { former: [] }],
    ["former-ca-until", [], { former: [], formerUntilMs: 0 }],
  ] as const)("%s cannot be read: %j", ([key, problems, state]) => {
    const garbled = read({ [key]: "garbled" });
    expect(garbled.problems).toEqual(problems);
    expect(garbled.state).toMatchObject(state);
  });

  test("what has yet to start is not there, and is told: a clock is wrong", () => {
    const [late, lateNext] = [authority("ca1", nowMs + 1, 2_000), authority("ca2", nowMs + 1, 2_000)];
    const early = { ...whole, leaf: leaf("leaf", 1_500, ca, nowMs + 1), next: lateNext };
    expect(readRotationState(writeRotationState(early), credentials, nowMs)).toMatchObject({
      state: { authority: ca, leaf: undefined, next: undefined },
      problems: [
        "next-ca.crt: it is valid from 1970-01-01T00:00:01.001Z only",
        "tls.crt: it is valid from 1970-01-01T00:00:01.001Z only",
      ],
    });
    const begun = { ...whole, authority: late };
    expect(readRotationState(writeRotationState(begun), credentials, nowMs)).toMatchObject({
      state: { authority: undefined, leaf: undefined },
      problems: ["ca.crt: it is valid from 1970-01-01T00:00:01.001Z only"],
    });
  });

  test("what has ended is not there, which is no problem", () => {
    const ended = { ...whole, authority: authority("ca1", 1, nowMs), leaf: leaf("leaf", nowMs, ca) };
    expect(readRotationState(writeRotationState(ended), credentials, nowMs)).toMatchObject({
      state: { authority: undefined, leaf: undefined },
      problems: [],
    });
  });
});
