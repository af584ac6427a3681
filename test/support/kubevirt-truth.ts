import { truthOf, type VmTruth } from "./metric-truth.ts";
import { type RawFleet, type RawPoll, readFleet } from "./kubevirt-vectors.ts";
import { type KubevirtVersion, vectorsOf } from "./kubevirt-versions.ts";

/**
 * The truth about the fleet that a version of KubeVirt exports, at the scrape `later` and some seconds after it, which
 * counts for what follows the clock. Rates are those between `first` and `later`. They are of the raw quantities, as
 * precise as the version writes them.
 */
export function kubevirtTruth(version: KubevirtVersion, secondsAfterLater = 0): readonly VmTruth[] {
  const { fleet: vector, migrations } = vectorsOf(version);
  const fleet = readFleet(vector);
  const minor = Number(version.slice("v1.".length));
  const polls = lastPolls(minor, readFleet(migrations));
  return fleet.later.map((vm, index) => {
    const { scrapedAtUnixMilli: handler } = targetOf(fleet, `virt-handler-${vm.Node === "" ? "n1" : vm.Node}`);
    const { scrapedAtUnixMilli: controller } = targetOf(fleet, "virt-controller");
    const before = fleet.first[index];
    return truthOf({
      minor,
      vm,
      ...(before === undefined ? {} : { before }),
      seconds: (handler.later - handler.first) / 1_000,
      nowSeconds: controller.later / 1_000 + secondsAfterLater,
      poll: vm.Migration?.Phase === "Running" ? polls : undefined,
    });
  });
}

/**
 * The last answer about the fleet's migration that was exported by `later`. Up to v1.3 each scrape asks for itself;
 * v1.4 has exported none since `first`.
 */
function lastPolls(minor: number, { targets }: RawFleet): RawPoll | undefined {
  const { polls, scrapedAtUnixMilli } = targetOf({ targets }, "virt-handler-n1");
  const before = minor < 4 ? Infinity : minor === 4 ? scrapedAtUnixMilli.first : scrapedAtUnixMilli.later;
  return polls?.findLast(({ UnixMilli }) => UnixMilli < before);
}

function targetOf({ targets }: Pick<RawFleet, "targets">, name: string): RawFleet["targets"][string] {
  const target = targets[name];
  if (target === undefined) throw new Error(`Cannot find target "${name}"`);
  return target;
}
