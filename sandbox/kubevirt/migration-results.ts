import { constant, gauge, type Labels, type Live, seconds } from "./controller-families.ts";
import { type Instance, type Migration, runningMigration } from "./instance.ts";
import { nodeOf } from "./machine.ts";
import { type Family, renderLabels } from "./text-format.ts";

/** What virt-controller says of migrations: their times, their results, and how many there are. */
export function migrationResults(instances: readonly Live[]): readonly Family[] {
  const all = instances.flatMap(({ machine: { spec }, instance }) =>
    instance.migrations.map((migration) => ({ spec, instance, migration })),
  );
  // The times come from the instance's status, which knows the newest migration only; results from migration objects.
  const newest = all.filter(({ instance, migration }) => instance.migrations.at(-1) === migration);
  const running = instances.filter(({ instance }) => runningMigration(instance) !== undefined).length;
  return [
    gauge(
      "kubevirt_vmi_migration_start_time_seconds",
      "The time at which the migration started.",
      newest,
      ({ instance, migration }) => [[timeLabels(instance, migration), seconds(migration.startedAtMs)]],
    ),
    gauge(
      "kubevirt_vmi_migration_end_time_seconds",
      "The time at which the migration ended.",
      newest,
      ({ instance, migration }) =>
        migration.outcome === undefined
          ? []
          : [[{ ...timeLabels(instance, migration), status: migration.outcome }, seconds(migration.endsAtMs)]],
    ),
    ...(["succeeded", "failed"] as const).map((outcome) => ({
      name: `kubevirt_vmi_migration_${outcome}`,
      type: "gauge" as const,
      help: `Indicates if the VMI migration ${outcome}.`,
      samples: all
        .filter(({ migration }) => migration.outcome === outcome)
        .map(({ spec: { namespace, name: vmi }, migration: { name: vmim } }) => ({
          labels: renderLabels({ namespace, vmi, vmim }),
          value: 1,
        })),
    })),
    constant("kubevirt_vmi_migrations_in_pending_phase", "Number of current pending migrations.", 0),
    constant("kubevirt_vmi_migrations_in_running_phase", "Number of current running migrations.", running),
    constant("kubevirt_vmi_migrations_in_scheduling_phase", "Number of current scheduling migrations.", 0),
    constant(
      "kubevirt_vmi_migrations_in_unset_phase",
      "Number of current unset migrations. These are pending items the virt-controller hasn’t processed yet from the queue.",
      0,
    ),
  ];
}

function timeLabels(instance: Instance, { name }: Migration): Labels {
  return { node: nodeOf(instance) ?? "", migration_name: name };
}
