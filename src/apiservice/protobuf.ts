/** The fields of a message by their names in JSON, in the order of their numbers, which is the order they are written in. */
export interface Message {
  readonly [name: string]: Field;
}

/**
 * A field. One that is neither optional nor repeated is written even when it is absent in JSON, as its zero value: so does
 * Kubernetes' own code, which is proto2 with fields that are not nullable.
 */
export type Field = readonly [number: number, type: FieldType, presence?: "optional" | "repeated"];

/**
 * What a field holds, by its form in JSON. `time` is RFC 3339 or null (meta/v1 Time), `quantity` a text (resource.Quantity),
 * `verbs` a list of texts (meta/v1 Verbs): in protobuf each of them is a message of its own.
 */
export type FieldType = "string" | "integer" | "boolean" | "time" | "quantity" | "verbs" | "stringMap" | Message;

/** Bytes as a text of one character for each: cheap to join, and as long as there are bytes. */
export type Bytes = string;

/** Encodes an object of JSON as a message. Fields that the message does not have are left out. Throws on a value of another type. */
export function encodeMessage(message: Message, object: object): Bytes {
  const valueByName = object as Readonly<Record<string, unknown>>;
  let bytes = "";
  for (const name in message) {
    const field = message[name];
    if (field !== undefined) bytes += encodeField(field, valueByName[name]);
  }
  return bytes;
}

/** Writes a field of bytes: its number, their count, and the bytes. */
export function encodeBytes(number: number, bytes: Bytes): Bytes {
  return encodeVarint(number * 8 + 2) + encodeVarint(bytes.length) + bytes;
}

/** The UTF-8 of a text. */
export function utf8(text: string): Bytes {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString("latin1");
}

function encodeField([number, type, presence]: Field, value: unknown): Bytes {
  const absent = value === undefined || value === null;
  if (presence === "repeated") {
    return absent
      ? ""
      : expectArray(value)
          .map((item) => encodeValue(number, type, item))
          .join("");
  }
  return absent && presence === "optional" ? "" : encodeValue(number, type, absent ? undefined : value);
}

/** Undefined is the type's zero value. */
function encodeValue(number: number, type: FieldType, value: unknown): Bytes {
  switch (type) {
    case "string":
      return encodeBytes(number, utf8(expectString(value ?? "")));
    case "quantity":
      return encodeBytes(number, encodeBytes(1, utf8(expectString(value ?? "0"))));
    case "time":
      return encodeBytes(number, value === undefined ? "" : encodeTime(expectString(value)));
    case "integer":
      return encodeInteger(number, expectInteger(value ?? 0));
    case "boolean":
      return encodeInteger(number, value === true ? 1 : 0);
    case "verbs":
      return encodeBytes(number, encodeField([1, "string", "repeated"], value ?? []));
    case "stringMap":
      return encodeMap(number, expectObject(value ?? {}));
    default:
      return encodeBytes(number, encodeMessage(type, expectObject(value ?? {})));
  }
}

/** An entry for each key, in the order of the keys. */
function encodeMap(number: number, map: object): Bytes {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(map);
  return entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => encodeBytes(number, encodeBytes(1, utf8(key)) + encodeBytes(2, utf8(expectString(value)))))
    .join("");
}

/** Seconds since 1970, and the nanoseconds, which Kubernetes leaves at zero. */
function encodeTime(rfc3339: string): Bytes {
  return encodeInteger(1, Math.floor(expectInteger(Date.parse(rfc3339)) / 1_000)) + encodeInteger(2, 0);
}

function encodeInteger(number: number, value: number): Bytes {
  return encodeVarint(number * 8) + encodeVarint(value);
}

/** Seven bits a byte, the lowest first. A negative number is written as the 64 bits of its two's complement. */
function encodeVarint(value: number): Bytes {
  if (value < 0) return encodeNegative(value);
  let bytes = "";
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes += String.fromCharCode((rest % 128) + 128);
  return bytes + String.fromCharCode(rest);
}

function encodeNegative(value: number): Bytes {
  let rest = BigInt.asUintN(64, BigInt(value));
  let bytes = "";
  for (; rest > 127n; rest >>= 7n) bytes += String.fromCharCode(Number(rest % 128n) + 128);
  return bytes + String.fromCharCode(Number(rest));
}

function expectString(value: unknown): string {
  if (typeof value === "string") return value;
  throw new Error(`Cannot write ${JSON.stringify(value)} as a text`);
}

function expectInteger(value: unknown): number {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw new Error(`Cannot write ${JSON.stringify(value)} as an integer`);
}

function expectArray(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error(`Cannot write ${JSON.stringify(value)} as a list`);
}

function expectObject(value: unknown): object {
  if (typeof value === "object" && value !== null) return value;
  throw new Error(`Cannot write ${JSON.stringify(value)} as a message`);
}
