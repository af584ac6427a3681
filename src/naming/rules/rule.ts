/** What a rule of the configuration file says, in the words of prometheus-adapter, before it is compiled. */
export interface Rule {
  /** One Prometheus series selector, sent as it is; empty when absent. */
  readonly seriesQuery: string;
  /** Regular expressions for the series' name, of which all must hold; each field is empty when absent. */
  readonly seriesFilters: readonly { readonly is: string; readonly isNot: string }[];
  readonly resources: RuleResources;
  readonly name: {
    /** Regular expression that picks the series and says what `as` can use of its name; empty for any. */
    readonly matches: string;
    /** The metric's name, with `$1` and `${name}`; empty for the whole match, or its one group. */
    readonly as: string;
  };
  /** Go template of a PromQL expression; empty when absent. */
  readonly metricsQuery: string;
  /** Whether the rule's pods stand for the virtual machines that they run; false by default. */
  readonly vms: boolean;
}

/** Which labels of a series name Kubernetes objects. */
export interface RuleResources {
  /** Go template of a label's name, made of a group and a resource; empty when absent. */
  readonly template: string;
  /** Labels that stand for a resource whatever the template says, in the order of the file. */
  readonly overrides: readonly ResourceOverride[];
  /** Whether an external metric is asked within the request's namespace; true by default, without effect elsewhere. */
  readonly namespaced: boolean;
}

/** A label and the resource that it names; an empty group leaves it to the mapper. */
export interface ResourceOverride {
  readonly label: string;
  readonly group: string;
  /** Singular or plural, in any case. */
  readonly resource: string;
}

/** Where in a rule something is: `["name", "matches"]`, `["seriesFilters", 0]`. */
export type RulePath = readonly (string | number)[];

/** What is wrong with a rule, in prometheus-adapter's words where it has some, and where. */
export interface RuleProblem {
  readonly path: RulePath;
  readonly message: string;
}
