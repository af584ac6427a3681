import { encodeBytes, encodeMessage, utf8 } from "./protobuf.ts";
import { messageByType } from "./protobuf-messages.ts";

/** The media type of Kubernetes objects in protobuf. */
export const protobufType = "application/vnd.kubernetes.protobuf";

/**
 * Encodes an object as Kubernetes does: four bytes that tell it from JSON, then the message `Unknown` of k8s.io/apimachinery
 * (`runtime`), which says what it holds: 1 the type, 2 the object, 3 and 4 empty. Throws on an object of a kind that is
 * never negotiated.
 */
export function encodeProtobuf(object: object): Buffer {
  const { apiVersion, kind } = typeOf(object);
  const message = messageByType[`${apiVersion} ${kind}`];
  if (message === undefined) throw new Error(`Cannot write "${apiVersion} ${kind}" as protobuf: it has no message`);
  const type = encodeBytes(1, utf8(apiVersion)) + encodeBytes(2, utf8(kind));
  const unknown =
    encodeBytes(1, type) + encodeBytes(2, encodeMessage(message, object)) + encodeBytes(3, "") + encodeBytes(4, "");
  return Buffer.from(`k8s\0${unknown}`, "latin1");
}

function typeOf(object: object): { readonly apiVersion: string; readonly kind: string } {
  const { apiVersion, kind } = object as { readonly apiVersion?: unknown; readonly kind?: unknown };
  return { apiVersion: String(apiVersion), kind: String(kind) };
}
