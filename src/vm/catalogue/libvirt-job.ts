import { duration, known, type PromQL, promql, selector } from "../../promql/expression.ts";
import { libvirtExporter } from "../exporter.ts";
import { highest, matchersOf, type Reading, scaled } from "./expressions.ts";
import { type FigureWithTime, lookEvery } from "./own-times.ts";
import type { Expression, Scope, Source } from "./vm-metric.ts";

/** virDomainJobType: 0 is none. */
const job: Reading = { series: "libvirt_domain_job_info_type" };

/**
 * What the libvirt exporter says of a job of the virtual machine's, such as its migration, times a factor. It writes zeros
 * while no job runs, which are not read.
 */
export function libvirtJobSource(series: string, factor?: number): Source {
  const { expression, time } = newestDuringJob({ series });
  return {
    series,
    versions: "libvirt exporter",
    exporter: libvirtExporter,
    expression: factor === undefined ? expression : scaled(expression, factor),
    time,
  };
}

/** The newest sample that was taken while a job ran. On two nodes at once it is the one whose exporter sees the job. */
function newestDuringJob(reading: Reading): FigureWithTime {
  function times(scope: Scope): PromQL {
    return during(promql`timestamp(${samplesOf(reading, scope)})`, scope);
  }
  const time: Expression = (scope) => highest(times(scope), scope.subject);
  return {
    time,
    expression: (scope) => {
      const { subject } = scope;
      const values = during(samplesOf(reading, scope), scope);
      return highest(promql`${values} and ${times(scope)} >= on (${subject}) group_left () (${time(scope)})`, subject);
    },
  };
}

/** Of samples, or of their times, the last while a job ran. */
function during(samples: PromQL, scope: Scope): PromQL {
  const running = promql`(${samples}) and (${samplesOf(job, scope)} > 0)`;
  return promql`(${running} or last_over_time((${running})[${duration(scope.maxAgeMs)}:${lookEvery(scope)}]))`;
}

function samplesOf(reading: Reading, scope: Scope): PromQL {
  return selector(known(reading.series), matchersOf(reading, scope));
}
