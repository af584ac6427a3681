/** Powers of the suffixes of Kubernetes quantities (k8s.io/apimachinery, `resource.Quantity`). */
const factors: ReadonlyMap<string, number> = new Map([
  ["n", 1e-9],
  ["u", 1e-6],
  ["m", 1e-3],
  ["", 1],
  ["k", 1e3],
  ["M", 1e6],
  ["G", 1e9],
  ["T", 1e12],
  ["P", 1e15],
  ["E", 1e18],
  ["Ki", 2 ** 10],
  ["Mi", 2 ** 20],
  ["Gi", 2 ** 30],
  ["Ti", 2 ** 40],
  ["Pi", 2 ** 50],
  ["Ei", 2 ** 60],
]);

/** The number that a quantity stands for: `500m` is 0.5, `1e3` is 1000; NaN for any other text. */
export function quantityValue(quantity: string): number {
  const [, digits = "", suffix = ""] = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(\D*)$/u.exec(quantity) ?? [];
  return digits === "" ? NaN : Number(digits) * (factors.get(suffix) ?? NaN);
}
