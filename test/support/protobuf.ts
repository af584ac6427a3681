import type { Field, Message } from "../../src/apiservice/protobuf.ts";
import { messageByType } from "../../src/apiservice/protobuf-messages.ts";

/**
 * Reads an object of Kubernetes in protobuf as what it is in JSON. Fields that hold their zero value are left out, unless
 * JSON always has them, and lists are read as `[]` where there is nothing. Throws on anything else.
 */
export function decodeProtobuf(bytes: Buffer): object {
  if (bytes.subarray(0, 4).toString("latin1") !== "k8s\0") throw new Error("Not protobuf of Kubernetes");
  const fields = readFields(bytes.subarray(4));
  const [type, raw] = [readFields(bytesOf(fields, 1)), bytesOf(fields, 2)];
  const [apiVersion, kind] = [bytesOf(type, 1).toString(), bytesOf(type, 2).toString()];
  const message = messageByType[`${apiVersion} ${kind}`];
  if (message === undefined) throw new Error(`No message for ${apiVersion} ${kind}`);
  return { kind, apiVersion, ...decodeMessage(message, raw) };
}

type Raw = readonly [number: number, value: Buffer | bigint];

/** What JSON has even when there is nothing in it. */
const alwaysInJson = [
  "metadata",
  "items",
  "resources",
  "groups",
  "singularName",
  "namespaced",
  "selector",
  "metricLabels",
];

function decodeMessage(message: Message, bytes: Buffer): Record<string, unknown> {
  const raws = readFields(bytes);
  const known = new Set(Object.values(message).map(([number]) => number));
  for (const [number] of raws) if (!known.has(number)) throw new Error(`Field ${number} is not known`);
  const entries = Object.entries(message).map(([name, field]) => [name, decodeField(name, field, raws)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function decodeField(name: string, [number, type, presence]: Field, raws: readonly Raw[]): unknown {
  const found = raws.filter(([candidate]) => candidate === number).map(([, value]) => value);
  const always = alwaysInJson.includes(name);
  if (type === "stringMap") {
    if (found.length === 0) return name === "metricLabels" ? null : undefined;
    return Object.fromEntries(found.map((entry) => decodeEntry(readFields(asBytes(entry)))));
  }
  if (presence === "repeated") {
    return found.length === 0 && !always ? undefined : found.map((value) => decodeValue(type, value));
  }
  const [value] = found;
  if (value === undefined) return name === "selector" ? null : undefined;
  const decoded = decodeValue(type, value);
  return isZero(decoded) && presence === undefined && !always ? undefined : decoded;
}

function decodeValue(type: Field[1], value: Buffer | bigint): unknown {
  switch (type) {
    case "integer":
      return Number(BigInt.asIntN(64, asInteger(value)));
    case "boolean":
      return asInteger(value) === 1n;
    case "string":
      return asBytes(value).toString();
    case "quantity":
      return bytesOf(readFields(asBytes(value)), 1).toString();
    case "verbs":
      return readFields(asBytes(value)).map(([, verb]) => asBytes(verb).toString());
    case "time": {
      const seconds = readFields(asBytes(value)).find(([number]) => number === 1)?.[1];
      if (seconds === undefined) return null;
      return new Date(Number(BigInt.asIntN(64, asInteger(seconds))) * 1_000).toISOString().replace(".000Z", "Z");
    }
    case "stringMap":
      throw new Error("A map is read as a whole");
    default:
      return decodeMessage(type, asBytes(value));
  }
}

function decodeEntry(fields: readonly Raw[]): readonly [string, string] {
  return [bytesOf(fields, 1).toString(), bytesOf(fields, 2).toString()];
}

/** A time that is null is no zero: JSON has it. */
function isZero(value: unknown): boolean {
  return value === "" || value === 0 || value === false;
}

function readFields(bytes: Buffer): readonly Raw[] {
  const fields: Raw[] = [];
  let at = 0;
  function readVarint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error("The message ends within a number");
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }
  while (at < bytes.length) {
    const tag = Number(readVarint());
    if (tag % 8 === 0) fields.push([tag >> 3, readVarint()]);
    else if (tag % 8 === 2) {
      const end = Number(readVarint()) + at;
      if (end > bytes.length) throw new Error("The message ends within a field");
      fields.push([tag >> 3, bytes.subarray(at, end)]);
      at = end;
    } else throw new Error(`Wire type ${tag % 8} is not used`);
  }
  return fields;
}

function bytesOf(fields: readonly Raw[], number: number): Buffer {
  const value = fields.find(([candidate]) => candidate === number)?.[1];
  return value === undefined ? Buffer.alloc(0) : asBytes(value);
}

function asBytes(value: Buffer | bigint): Buffer {
  if (Buffer.isBuffer(value)) return value;
  throw new Error("Expected bytes, found a number");
}

function asInteger(value: Buffer | bigint): bigint {
  if (typeof value === "bigint") return value;
  throw new Error("Expected a number, found bytes");
}
