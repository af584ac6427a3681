const factors: Readonly<Record<string, number>> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
};

/** The number that a Kubernetes quantity stands for: `500m` is 0.5, `2Gi` is 2147483648; NaN for any other text. */
export function numberOf(quantity: string): number {
  const [, digits = "NaN", suffix = ""] = /^(-?[\d.]+)(\D*)$/u.exec(quantity) ?? [];
  return Number(digits) * (factors[suffix] ?? NaN);
}
