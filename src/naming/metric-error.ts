import type { Hidden } from "./exposure.ts";
import type { GroupResource } from "./group-resource.ts";

/** Why an object that exists has no figure. Counts are of virtual machines, durations in seconds. */
export type Absence =
  /** There is no VirtualMachineInstance, or it has ended. */
  | { readonly why: "notRunning" }
  /** Nothing has been reported since this VirtualMachineInstance was created. */
  | { readonly why: "neverReported" }
  /** It has started, and its first figure takes some scrapes: a rate needs two covered intervals. */
  | { readonly why: "warmingUp" }
  /** It is seen, but nothing is reported that this metric could be made of. */
  | { readonly why: "notReported" }
  /** It reported before, and its newest sample is too old. */
  | { readonly why: "stale"; readonly ageSeconds: number; readonly maxAgeSeconds: number }
  /** Fresh samples, but their quotient has no value. */
  | { readonly why: "undefined" }
  /** It is seen, and none of its devices matches the selector, or reports. */
  | { readonly why: "noDevice" }
  /** The metric is of live migrations, and none runs. */
  | { readonly why: "noMigration" }
  /** The pod is not the one that runs the VirtualMachineInstance now. */
  | { readonly why: "notActivePod"; readonly vmi: string }
  /** The pod is no virt-launcher pod, so it runs no VirtualMachineInstance. */
  | { readonly why: "noVirtualMachine" }
  /** None of the members of an aggregate has reported since it started. */
  | { readonly why: "allStarting"; readonly starting: number }
  /** An aggregate that is no sum, of no virtual machine. */
  | { readonly why: "noMembers" }
  /** No virtual machine matches the selector of an external metric. */
  | { readonly why: "noMatch" }
  /** Too few members of an aggregate report. */
  | {
      readonly why: "coverage";
      readonly reporting: number;
      readonly silent: number;
      readonly starting: number;
      readonly minimumCoverage: number;
      /** Whether those that are silent are seen all the same, and only this metric is not reported for them. */
      readonly seen?: true;
    };

/** Why a name that there is means nothing where it was asked. */
export type Misplacement = "ofSeveral" | "noDevices" | "prefixed" | "prefixedAggregate";

/** Everything that can go wrong between a request and its readings. Data only: text is made where it is served. */
export type MetricError =
  /** No source knows this name for this resource; `known` are the names that it does know, sorted. */
  | {
      readonly kind: "unknownMetric";
      readonly metric: string;
      readonly resource: GroupResource;
      readonly known: readonly string[];
    }
  /** No source knows this name for an external metric; `known` are the names that it does know, sorted. */
  | { readonly kind: "unknownExternalMetric"; readonly metric: string; readonly known: readonly string[] }
  /** Values of an external metric should be there, and too few are. */
  | {
      readonly kind: "noExternalValues";
      readonly metric: string;
      readonly namespace: string;
      readonly absence: Absence;
    }
  /** The name is one of another kind of object, or says too much; `instead` can be asked here. */
  | {
      readonly kind: "misplacedName";
      readonly metric: string;
      readonly reason: Misplacement;
      readonly instead: string;
    }
  /** The name's time is over, and nobody has asked for hidden names to be shown. */
  | ({ readonly kind: "hiddenMetric"; readonly metric: string } & Hidden)
  /** Nothing that is known to be running anywhere, or nothing without a special setting, provides the metric. */
  | {
      readonly kind: "unfedMetric";
      readonly metric: string;
      /** In the catalogue's words: `no known exporter provides it`. */
      readonly reason: string;
    }
  /** The metric's name begins with that of a virtual machine which its namespace does not have. */
  | {
      readonly kind: "unknownVirtualMachine";
      readonly metric: string;
      readonly namespace: string;
      /** The virtual machine's name. */
      readonly name: string;
    }
  /** A Ratio, Code or Boolean has no bare aggregate: one of `names` says which aggregate is meant. */
  | {
      readonly kind: "ambiguousAggregate";
      readonly metric: string;
      readonly resource: GroupResource;
      readonly names: readonly string[];
    }
  /** No metric is served for objects of this resource; `known` are the resources that have some. */
  | { readonly kind: "unknownResource"; readonly resource: GroupResource; readonly known: readonly GroupResource[] }
  /** No object of this name. */
  | {
      readonly kind: "objectNotFound";
      readonly resource: GroupResource;
      readonly namespace?: string;
      readonly name: string;
    }
  /** The metric selector matches none of the metric's series, which can be selected by `label`, or by nothing. */
  | { readonly kind: "noSeries"; readonly metric: string; readonly selector: string; readonly label?: string }
  /** More devices are asked for by name than one answer can be made of. */
  | { readonly kind: "tooManyDevices"; readonly asked: number; readonly limit: number }
  /** The object exists and has no figure now. */
  | {
      readonly kind: "noValue";
      readonly metric: string;
      readonly resource: GroupResource;
      readonly namespace?: string;
      readonly name: string;
      readonly absence: Absence;
    }
  /** Objects matched the selector, and not one of them has a figure; `example` is the first. */
  | {
      readonly kind: "noValues";
      readonly metric: string;
      readonly resource: GroupResource;
      readonly objects: number;
      readonly example: { readonly name: string; readonly absence: Absence };
    }
  /** Which objects exist is not known yet, or no longer. */
  | { readonly kind: "objectsUnknown"; readonly resource: GroupResource; readonly detail: string }
  /** The metrics backend cannot be reached. `detail` is for the log only. */
  | { readonly kind: "backendUnavailable"; readonly detail: string }
  /** The metrics backend refused the question or gave an incomplete answer. `detail` is for the log only. */
  | { readonly kind: "backendRejected"; readonly detail: string }
  /** No answer within the deadline. */
  | { readonly kind: "timedOut" }
  | RuleError;

/** What can go wrong with a metric of a naming rule. Clients get the words of prometheus-adapter, which they may rely on. */
export type RuleError =
  /** No rule makes this metric for this resource, or it has no value for the object of this name. */
  | {
      readonly kind: "ruleMetricNotFound";
      readonly metric: string;
      /** As the client wrote it. */
      readonly resource: GroupResource;
      /** Absent when it is not this object that is the matter. */
      readonly name?: string;
      /** Why a query could not be made, for the log only; absent otherwise. */
      readonly detail?: string;
    }
  /** No rule makes this external metric. */
  | { readonly kind: "ruleExternalMetricNotFound"; readonly metric: string; readonly namespace: string }
  /** The query of a rule could not be made, or has no usable answer. `detail` is for the log only. */
  | { readonly kind: "ruleQueryFailed"; readonly detail: string }
  /** The query of an external rule has a range for an answer. */
  | { readonly kind: "ruleRange"; readonly metric: string }
  /** Which objects match cannot be known now. `detail` is for the log only. */
  | { readonly kind: "ruleObjectsUnknown"; readonly resource: GroupResource; readonly detail: string };
