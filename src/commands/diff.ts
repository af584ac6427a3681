import { createRestMapper } from "../naming/rules/rest-mapper.ts";
import { listApiResources } from "../cluster/api-resources.ts";
import { createServerClient, loadKubernetesClient } from "../cluster/client.ts";
import type { KubernetesClient } from "../cluster/kubernetes-client.ts";
import {
  choice,
  decimal,
  describeFlagTable,
  type FlagValues,
  list,
  onOff,
  readFlags,
  text,
  used,
} from "../config/flag.ts";
import { adapterFlags, prometheusFlags } from "../config/flags.ts";
import { fail, ok, type Result } from "../result.ts";
import { markWith } from "./colors.ts";
import type { Context } from "./context.ts";
import { autoscalerQuestions } from "./diff/autoscaler-questions.ts";
import {
  compareAnswers,
  comparedApis,
  compareDiscovered,
  type Comparison,
  type CompareSidesOptions,
} from "./diff/compare-sides.ts";
import { comparisonText } from "./diff/comparison-text.ts";
import { findInhabited } from "./diff/inhabited-namespaces.ts";
import { startLocalSide } from "./diff/local-side.ts";
import { parsePlace, type Place, remoteSide } from "./diff/remote-side.ts";
import type { Side } from "./diff/side.ts";
import { summarize } from "./diff/summary.ts";
import type { WriteLog } from "./log.ts";
import { processClock } from "./process-clock.ts";
import { version } from "./version.ts";

const ownFlags = {
  against: used(
    list([], "The other adapter: its address, or its APIServices, such as v1beta1.custom.metrics.k8s.io; repeatable"),
  ),
  url: used(list([], "This adapter, where it runs already, named in the same ways; in place of FILE")),
  hpas: used(
    onOff(false, "Ask what the HorizontalPodAutoscalers of the cluster ask, in place of all that is discovered"),
  ),
  namespace: used(list([], "Only ask about these namespaces; repeatable")),
  tolerance: used({
    ...decimal(0.01, "By how much two values may differ, as a part of the greater one"),
    problem: (value: number) => (value >= 0 && value < 1 ? undefined : "expected a number from 0 to below 1"),
  }),
  output: used({
    ...choice(["text", "json"], "text", "How to write what differs: for people, or for programs"),
    letter: "o",
  }),
  "ca-file": used(text("", "CA certificates of adapters that are asked by their address")),
  "token-file": used(text("", "File with a bearer token for them")),
  insecure: used(onOff(false, "Take any certificate from them")),
} as const;

/** All flags of the adapter are taken, so that those of a Deployment can be pasted. */
const flagTable = { ...adapterFlags, ...ownFlags } as const;

type DiffFlags = FlagValues<typeof flagTable>;

const usage = `Usage: vm-metrics-adapter diff FILE --against ADAPTER --prometheus-url URL [flags]

Asks a running adapter, such as prometheus-adapter, and this one the same questions and shows what differs: metrics that only
one of them lists, status codes, objects that only one of them has a value for, and values. Nothing is changed, and nothing
has to be deployed: the rules of FILE are served within this command. What differs is asked again once, because the two
evaluate at different times.

ADAPTER is an APIService, through which the kube-apiserver asks it (several, separated by commas, for several APIs), or an
https address, such as that of a port-forward. The objects come from the cluster of --lister-kubeconfig, or else of the
environment. Other flags of the adapter are taken as well.

Exit codes: 0 when nothing differs, 1 when something does, 2 when that cannot be told.

`;

/** Compares this adapter with another one. Exit codes: 0 the same, 1 a difference, 2 when that cannot be told. */
export async function diff(context: DiffContext): Promise<number> {
  const { argv, out, err } = context;
  if (argv.includes("--help") || argv.includes("-h")) {
    out(usage + describeFlagTable({ ...ownFlags, ...shownFlags }));
    return 0;
  }
  const read = readCommandLine(argv);
  if (!read.ok) return refuse(read.error, err, "\nRun with --help for the flags.");
  const life = new AbortController();
  try {
    return await compare(read.value, context, life.signal);
  } finally {
    life.abort();
  }
}

const shownFlags = {
  ...prometheusFlags,
  "lister-kubeconfig": adapterFlags["lister-kubeconfig"],
  "metrics-relist-interval": adapterFlags["metrics-relist-interval"],
  "metrics-max-age": adapterFlags["metrics-max-age"],
};

type DiffContext = Pick<Context, "argv" | "out" | "err" | "env" | "colors">;

/** What is compared with what; without a place of its own, `here` is the configuration file of the flags. */
interface CommandLine {
  readonly flags: DiffFlags;
  readonly here?: Place;
  readonly there: Place;
}

function readCommandLine(argv: readonly string[]): Result<CommandLine, readonly string[]> {
  const read = readFlags(flagTable, argv);
  if (!read.ok) return read;
  const { flags, positionals } = read.value;
  const config = flags.config === "" ? (positionals[0] ?? "") : flags.config;
  const there = parsePlace(flags.against);
  const here = parsePlace(flags.url);
  const files = positionals.length + (flags.config === "" ? 0 : 1);
  const problems = [
    ...(there === undefined ? [`Cannot use --against ${shown(flags.against)}: ${expected}`] : []),
    ...(here === undefined && flags.url.length > 0 ? [`Cannot use --url ${shown(flags.url)}: ${expected}`] : []),
    ...(files + Math.min(1, flags.url.length) === 1 ? [] : ["Expected one configuration file, or --url"]),
  ];
  if (there === undefined || problems.length > 0) return fail(problems);
  return ok({ flags: { ...flags, config }, there, ...(here === undefined ? {} : { here }) });
}

const expected = 'expected an address such as "https://localhost:6443", or names such as v1beta1.custom.metrics.k8s.io';

function shown(words: readonly string[]): string {
  return JSON.stringify(words.join(","));
}

async function compare(commandLine: CommandLine, context: DiffContext, signal: AbortSignal): Promise<number> {
  const { flags } = commandLine;
  const { out, err } = context;
  const sides = await findSides(commandLine, context, signal);
  if (!sides.ok) return refuse(sides.error, err);
  const { here, there, client } = sides.value;
  const clock = processClock({ keepsAlive: true });
  const comparing = {
    here,
    there,
    tolerance: flags.tolerance,
    sleep: clock.sleep,
    report: (line: string) => err(`${line}\n`),
  };
  const compared = flags.hpas
    ? await compareForAutoscalers(comparing, client, flags.namespace)
    : await compareAll(comparing, client, flags.namespace);
  if (!compared.ok) return refuse(compared.error, err);
  const summary = summarize(compared.value.comparison);
  for (const problem of compared.value.problems) err(`Cannot ask: ${problem}\n`);
  out(
    flags.output === "json"
      ? `${JSON.stringify({ here: here.name, there: there.name, summary, ...compared.value }, null, 2)}\n`
      : comparisonText(compared.value.comparison, here, there, markWith(context.colors ?? false)),
  );
  if (summary.unanswered > 0 || compared.value.problems.length > 0) return 2;
  if (summary.differences > 0) return 1;
  if (summary.equalValues > 0) return 0;
  return refuse(["That says nothing: neither has a value of anything that was asked for"], err);
}

interface Sides {
  readonly here: Side;
  readonly there: Side;
  /** The cluster's; a failure where there is none. */
  readonly client: Result<KubernetesClient, string>;
}

async function findSides(
  { flags, here, there }: CommandLine,
  { env, err }: DiffContext,
  signal: AbortSignal,
): Promise<Result<Sides, readonly string[]>> {
  const userAgent = `vm-metrics-adapter/${version}`;
  const kubeconfig = flags["lister-kubeconfig"];
  const client = loadKubernetesClient({ env, userAgent, ...(kubeconfig === "" ? {} : { kubeconfig }) });
  function sideAt(place: Place): Result<Side, readonly string[]> {
    if (!("url" in place)) return client.ok ? ok(remoteSide(place, client.value)) : fail([client.error]);
    const { "ca-file": caFile, "token-file": tokenFile, insecure } = flags;
    return ok(remoteSide(place, createServerClient({ url: place.url, caFile, tokenFile, insecure, userAgent })));
  }
  const theirs = sideAt(there);
  if (!theirs.ok) return theirs;
  if (here === undefined && !client.ok) return fail([client.error]);
  const ours =
    here === undefined && client.ok
      ? await startLocalSide(flags, { client: client.value, log: logTo(err), signal })
      : sideAt(here ?? there);
  if (!ours.ok) return ours;
  return ok({ here: ours.value, there: theirs.value, client });
}

/** What goes wrong beside questions, for a person. */
function logTo(err: Context["err"]): WriteLog {
  return (level, message, fields = {}) => {
    if (level !== "warning" && level !== "error") return;
    const details = Object.entries(fields).map(([name, value]) => `${name} ${value}`);
    err(`${[message, ...details].join("; ")}\n`);
  };
}

interface Compared {
  readonly comparison: Comparison;
  /** What could not be asked. */
  readonly problems: readonly string[];
}

async function compareAll(
  options: CompareSidesOptions,
  client: Result<KubernetesClient, string>,
  namespaces: readonly string[],
): Promise<Result<Compared, readonly string[]>> {
  const inhabited =
    namespaces.length > 0
      ? ok(() => Promise.resolve(namespaces))
      : client.ok
        ? await findInhabited(client.value)
        : fail(`${client.error}; or name the namespaces with --namespace`);
  if (!inhabited.ok) return fail([inhabited.error]);
  const comparison = await compareDiscovered(options, inhabited.value);
  return comparison.ok ? ok({ comparison: comparison.value, problems: [] }) : comparison;
}

async function compareForAutoscalers(
  options: CompareSidesOptions,
  client: Result<KubernetesClient, string>,
  namespaces: readonly string[],
): Promise<Result<Compared, readonly string[]>> {
  if (!client.ok) return fail([client.error]);
  const groups = await listApiResources(client.value, new AbortController().signal);
  if (!groups.ok) return fail([`Cannot ask the cluster which resources it has: ${groups.error.detail}`]);
  const asked = await autoscalerQuestions(client.value, createRestMapper(groups.value), namespaces);
  if (!asked.ok) return fail([asked.error]);
  const apis = comparedApis(options);
  const questions = asked.value.questions.filter(({ api }) => apis.includes(api));
  const answers = await compareAnswers(questions, options);
  return ok({ comparison: { onlyHere: [], onlyThere: [], answers }, problems: asked.value.problems });
}

function refuse(problems: readonly string[], err: Context["err"], advice = ""): number {
  err(`${problems.join("\n")}${advice}\n`);
  return 2;
}
