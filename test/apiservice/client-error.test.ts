import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { answerClientError } from "../../src/apiservice/client-error.ts";

describe("answerClientError()", () => {
  test.for([
    ["HPE_HEADER_OVERFLOW", 431, "Request Header Fields Too Large"],
    ["ERR_HTTP_REQUEST_TIMEOUT", 408, "Request Timeout"],
    ["HPE_INVALID_METHOD", 400, "Bad Request"],
  ] as const)("answers %s with %d [wire 10]", async ([code, status, phrase]) => {
    const socket = new PassThrough();
    answerClientError(Object.assign(new Error("parse error"), { code }), socket);
    const [head = "", body = ""] = (await text(socket)).split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} ${phrase}\r\n`, "u"));
    expect(head).toContain(`Content-Length: ${body.length}`);
    expect(JSON.parse(body)).toMatchObject({ kind: "Status", message: phrase, code: status });
  });

  test("says nothing to a client that is gone", () => {
    const socket = new PassThrough();
    answerClientError(Object.assign(new Error("gone"), { code: "ECONNRESET" }), socket);
    expect(socket.destroyed).toBe(true);
  });
});
