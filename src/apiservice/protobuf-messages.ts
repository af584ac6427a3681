import type { Message } from "./protobuf.ts";

const listMeta: Message = {
  selfLink: [1, "string"],
  resourceVersion: [2, "string"],
  continue: [3, "string"],
  remainingItemCount: [4, "integer", "optional"],
};

const objectReference: Message = {
  kind: [1, "string"],
  namespace: [2, "string"],
  name: [3, "string"],
  uid: [4, "string"],
  apiVersion: [5, "string"],
  resourceVersion: [6, "string"],
  fieldPath: [7, "string"],
};

const labelSelector: Message = {
  matchLabels: [1, "stringMap"],
  matchExpressions: [2, { key: [1, "string"], operator: [2, "string"], values: [3, "string", "repeated"] }, "repeated"],
};

const metricValueV1beta1: Message = {
  describedObject: [1, objectReference],
  metricName: [2, "string"],
  timestamp: [3, "time"],
  window: [4, "integer", "optional"],
  value: [5, "quantity"],
  selector: [6, labelSelector, "optional"],
};

const metricValueV1beta2: Message = {
  describedObject: [1, objectReference],
  metric: [2, { name: [1, "string"], selector: [2, labelSelector, "optional"] }],
  timestamp: [3, "time"],
  windowSeconds: [4, "integer", "optional"],
  value: [5, "quantity"],
};

const externalMetricValue: Message = {
  metricName: [1, "string"],
  metricLabels: [2, "stringMap"],
  timestamp: [3, "time"],
  window: [4, "integer", "optional"],
  value: [5, "quantity"],
};

const statusDetails: Message = {
  name: [1, "string"],
  group: [2, "string"],
  kind: [3, "string"],
  causes: [4, { reason: [1, "string"], message: [2, "string"], field: [3, "string"] }, "repeated"],
  retryAfterSeconds: [5, "integer"],
  uid: [6, "string"],
};

const status: Message = {
  metadata: [1, listMeta],
  status: [2, "string"],
  message: [3, "string"],
  reason: [4, "string"],
  details: [5, statusDetails, "optional"],
  code: [6, "integer"],
};

const apiResource: Message = {
  name: [1, "string"],
  namespaced: [2, "boolean"],
  kind: [3, "string"],
  verbs: [4, "verbs"],
  shortNames: [5, "string", "repeated"],
  singularName: [6, "string"],
  categories: [7, "string", "repeated"],
  group: [8, "string"],
  version: [9, "string"],
  storageVersionHash: [10, "string"],
};

const groupVersion: Message = { groupVersion: [1, "string"], version: [2, "string"] };

const apiGroup: Message = {
  name: [1, "string"],
  versions: [2, groupVersion, "repeated"],
  preferredVersion: [3, groupVersion],
};

/** The message of each kind of object that is answered, by `apiVersion` and `kind` (generated.proto files of Kubernetes 1.36). */
export const messageByType: Readonly<Record<string, Message>> = {
  "custom.metrics.k8s.io/v1beta1 MetricValueList": listOf(metricValueV1beta1),
  "custom.metrics.k8s.io/v1beta2 MetricValueList": listOf(metricValueV1beta2),
  "external.metrics.k8s.io/v1beta1 ExternalMetricValueList": listOf(externalMetricValue),
  "v1 Status": status,
  "v1 APIResourceList": { groupVersion: [1, "string"], resources: [2, apiResource, "repeated"] },
  "v1 APIGroup": apiGroup,
  "v1 APIGroupList": { groups: [1, apiGroup, "repeated"] },
};

function listOf(item: Message): Message {
  return { metadata: [1, listMeta], items: [2, item, "repeated"] };
}
