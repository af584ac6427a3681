import { choice, describeFlagTable, type FlagValues, readFlags, used } from "../config/flag.ts";
import { adapterFlags, prometheusFlags } from "../config/flags.ts";
import type { Config } from "../config/config.ts";
import { currentRelease, releaseLine } from "../naming/release-line.ts";
import { fail, ok, type Result } from "../result.ts";
import { catalogueEntry } from "../vm/catalogue-entry.ts";
import { catalogue } from "../vm/catalogue/catalogue.ts";
import { servedCatalogue, type ServedMetric } from "../vm/served-catalogue.ts";
import { askAboutFeeds } from "./catalogue-feeds.ts";
import { cataloguePage } from "./catalogue-page.ts";
import { type CatalogueReport, withFeeds } from "./catalogue-report.ts";
import { catalogueTable } from "./catalogue-table.ts";
import { readConfig } from "./config-text.ts";
import type { Context } from "./context.ts";
import { prometheusOptions } from "./prometheus-options.ts";
import { yamlText } from "./yaml-text.ts";

const flagTable = {
  output: used({
    ...choice(
      ["table", "json", "yaml", "markdown"],
      "table",
      "How to write it: a table, data (json, yaml), or the page docs/vm-metrics.md (markdown)",
    ),
    letter: "o",
  }),
  config: { ...adapterFlags.config, help: "Configuration file: its lists, label names and matchers count" },
  "show-hidden-exports-for-version": adapterFlags["show-hidden-exports-for-version"],
  ...prometheusFlags,
  "prometheus-url": {
    ...prometheusFlags["prometheus-url"],
    default: "",
    help: "Also ask this Prometheus which sources feed each metric now, and for how many virtual machines",
  },
} as const;

const usage = `Usage: vm-metrics-adapter catalogue [flags]

Lists the metrics of virtual machines: their names, what they mean, and where they come from.

LISTED says whether discovery has a metric (one that it does not have answers all the same), HPA whether it suits an
autoscaler. With --prometheus-url, FED BY says of how many virtual machines in the whole fleet a metric is read from which
series now: of each source, those of which no source before it says something. The table is cut to fit a terminal; the
other outputs have all of it.

Exit codes: 0, 1 when Prometheus does not answer all that it is asked, 2 for wrong flags or files.

`;

/** Lists the metrics of virtual machines. Exit codes: 0, 1 when Prometheus does not answer, 2 for wrong flags or files. */
export async function listCatalogue({ argv, out, err }: Pick<Context, "argv" | "out" | "err">): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    out(usage + describeFlagTable(flagTable));
    return 0;
  }
  const settings = readSettings(argv);
  if (!settings.ok) return refuse(settings.error, err);
  const { flags, config } = settings.value;
  const served = servedMetrics(settings.value);
  if (flags["prometheus-url"] === "") {
    out(format(served.map(catalogueEntry), flags.output));
    return 0;
  }

  const prometheus = await prometheusOptions(flags);
  if (!prometheus.ok) return refuse(prometheus.error, err);
  const feeds = await askAboutFeeds(
    served.map(({ metric }) => metric),
    { prometheus: prometheus.value, vms: config.vms, report: (line) => err(`${line}\n`) },
  );
  if (!feeds.ok) {
    err(`${feeds.error}\n`);
    return 1;
  }
  const reports = served.map((each, index) => withFeeds(catalogueEntry(each), feeds.value[index] ?? []));
  out(format(reports, flags.output));
  return reports.some(({ sources }) => sources.some(({ problem }) => problem !== undefined)) ? 1 : 0;
}

interface Settings {
  readonly flags: FlagValues<typeof flagTable>;
  readonly config: Config;
}

function readSettings(argv: readonly string[]): Result<Settings, readonly string[]> {
  const commandLine = readFlags(flagTable, argv);
  if (!commandLine.ok) return commandLine;
  const { flags, given, positionals } = commandLine.value;
  const stray = positionals.map((word) => `Cannot use ${JSON.stringify(word)}: no argument is expected`);
  const idle = flags["prometheus-url"] === "" ? given.filter((name) => name.startsWith("prometheus-")) : [];
  const problems = [...stray, ...idle.map((name) => `Cannot use --${name}: --prometheus-url is missing`)];
  const config = readConfig(flags.config);
  if (problems.length > 0 || !config.ok) return fail([...problems, ...(config.ok ? [] : config.error)]);
  return ok({ flags, config: config.value.config });
}

function servedMetrics({ flags, config }: Settings): readonly ServedMetric[] {
  const showHidden = flags["show-hidden-exports-for-version"] !== "";
  return servedCatalogue(catalogue, config.vms.metrics, { showHidden, release: currentRelease, releaseLine });
}

function format(reports: readonly CatalogueReport[], output: Settings["flags"]["output"]): string {
  switch (output) {
    case "table":
      return catalogueTable(reports);
    case "json":
      return `${JSON.stringify(reports, null, 2)}\n`;
    case "yaml":
      return yamlText(reports);
    case "markdown":
      return cataloguePage(reports);
  }
}

function refuse(problems: readonly string[], err: Context["err"]): number {
  err(`${problems.join("\n")}\nRun with --help for the flags.\n`);
  return 2;
}
