// How many of what there are, and whether the database bears it.
import {called, containers, environment, isServer, ofKind, selects, workloads} from '../resources.mjs';

const scaled = (world, {spec: {scaleTargetRef: {kind, name}}}) =>
  workloads(world).find(({resource}) => resource.kind === kind && resource.metadata.name === name);

export function autoscalers(world) {
  const targets = ofKind(world, 'HorizontalPodAutoscaler').map((scaler) => [scaler, scaled(world, scaler)]);
  const complaints = targets.flatMap(([scaler, target]) => {
    const {minReplicas = 1, maxReplicas} = scaler.spec;
    const wrong = [];
    if (!(minReplicas >= 1 && minReplicas <= maxReplicas)) wrong.push(`from ${minReplicas} to ${maxReplicas} replicas`);
    if (!target) wrong.push('scales nothing');
    else if (target.resource.spec.replicas !== undefined) wrong.push('its Deployment also says how many: every update would undo its work');
    return wrong.map((complaint) => `${called(scaler)}: ${complaint}`);
  });
  const without = workloads(world).filter(isServer).filter((server) => !targets.some(([, target]) => target?.name === server.name));
  return [...complaints, ...without.map(({name}) => `${name}: nothing scales it`)];
}

export function budgets(world) {
  const complaints = ofKind(world, 'PodDisruptionBudget').flatMap((budget) => {
    const {minAvailable, maxUnavailable, selector} = budget.spec;
    const selected = workloads(world).filter(({labels}) => selects(selector, labels));
    const wrong = [];
    if ((minAvailable === undefined) === (maxUnavailable === undefined)) wrong.push('needs one of minAvailable and maxUnavailable');
    if (maxUnavailable === 0 || maxUnavailable === '0%') wrong.push('no node could ever be drained');
    if (selected.length !== 1) wrong.push(`is about ${selected.length} workloads`);
    return wrong.map((complaint) => `${called(budget)}: ${complaint}`);
  });
  const many = workloads(world).filter((workload) => workload.long && (isServer(workload) || workload.resource.spec.replicas > 1));
  const bare = many.filter(({labels}) => !ofKind(world, 'PodDisruptionBudget').some(({spec}) => selects(spec.selector, labels)));
  return [...complaints, ...bare.map(({name}) => `${name}: all of its replicas may be evicted at once`)];
}

// Replicas of one thing are not put on one node, if it can be helped.
export function spread(world) {
  return workloads(world).filter((workload) => isServer(workload) || (workload.long && workload.resource.spec.replicas > 1)).flatMap(({pod, labels, name}) => {
    const constraints = pod.topologySpreadConstraints ?? [];
    const anti = pod.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const apart = [...constraints, ...anti].filter(({topologyKey, labelSelector}) =>
      topologyKey === 'kubernetes.io/hostname' && selects(labelSelector, labels));
    return apart.length === 1 ? [] : [`${name}: nothing keeps its replicas on different nodes`];
  });
}

// What a replica holds besides its workers' connections: sequencer, tail, timers, readers and what keeps opinions findable. tests/k8s/metrics_test counts them.
const background = 10;
// For whoever migrates, makes a backup or looks after the database.
const reserve = 20;

// Every replica of every service at once, and one more of each during an update.
export function connections(world) {
  const settings = ofKind(world, 'ConfigMap').flatMap(({data}) => Object.values(data ?? {}))
    .map((text) => /^max-connections = (\d+)$/m.exec(text)?.[1]).filter(Boolean);
  if (settings.length !== 1) return [`the database's max-connections are set ${settings.length} times`];
  let needed = reserve;
  for (const scaler of ofKind(world, 'HorizontalPodAutoscaler')) {
    const server = scaled(world, scaler);
    if (!server || server.labels['firstfloor/database'] !== 'true') continue;
    const [{container}] = containers(server);
    const surge = server.resource.spec.strategy?.rollingUpdate?.maxSurge ?? 1;
    needed += (scaler.spec.maxReplicas + surge) * (Number(environment(world, container).FIRSTFLOOR_WORKERS) + background);
  }
  if (needed <= reserve) return ['no service uses the database'];
  return needed <= Number(settings[0]) ? [] : [`the programs may open ${needed} connections, the database takes ${settings[0]}`];
}
