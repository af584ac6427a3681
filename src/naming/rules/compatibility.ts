/**
 * Where this adapter can answer otherwise than prometheus-adapter v0.12 does, one setting each, with what it can be; the
 * first is the default. Whatever is not listed here is the same, or an error there.
 */
export const compatibilityChoices = {
  /**
   * Values without a quantity: infinite, above 9.2e15, and for external metrics NaN. `absent` leaves them out (a custom
   * metric without another value is not found), `clamp` answers the nearest quantity.
   */
  infinities: ["absent", "clamp"],
  /** Selector keys that are no classic label name (`app.kubernetes.io/name`): sent as they are, or quoted (Prometheus 3). */
  selectorKeys: ["invalid", "utf8"],
  /** External rules that say nothing of namespaces: asked by the label `namespace`, or each request is an error. */
  externalNamespaceLabel: ["namespace", "error"],
  /** Whether `namespaced: false` of an external rule holds (`rule`), or the namespace is always asked for (`always`). */
  externalNamespace: ["rule", "always"],
  /** The time of a value: that of the request, or that of its sample. */
  timestamps: ["request", "sample"],
  /** What is finer than a thousandth: cut off, or rounded. */
  rounding: ["truncate", "nearest"],
  /** Names of several objects in one matcher: as they are, where `.` stands for any character, or escaped. */
  nameMatchers: ["literal", "escaped"],
  /** Answers that Prometheus warns about: taken, or refused. Figures of virtual machines are always refused. */
  partialAnswers: ["accept", "refuse"],
} as const;

/** A choice for each setting. */
export type Compatibility = {
  readonly [Setting in keyof typeof compatibilityChoices]: (typeof compatibilityChoices)[Setting][number];
};

/** What holds where the configuration says nothing. */
export const defaultCompatibility: Compatibility = {
  infinities: "absent",
  selectorKeys: "invalid",
  externalNamespaceLabel: "namespace",
  externalNamespace: "rule",
  timestamps: "request",
  rounding: "truncate",
  nameMatchers: "literal",
  partialAnswers: "accept",
};
