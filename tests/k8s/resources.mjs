// Ways to look at built resources.
export const called = (resource) => `${resource.kind} ${resource.metadata?.name}`;
export const ofKind = (world, ...kinds) => world.resources.filter((resource) => kinds.includes(resource.kind));

const templates = {
  Deployment: (spec) => spec.template,
  StatefulSet: (spec) => spec.template,
  Job: (spec) => spec.template,
  CronJob: (spec) => spec.jobTemplate?.spec?.template,
};

// Every workload with its pods' labels and spec.
export function workloads(world) {
  return world.resources.flatMap((resource) => {
    const template = templates[resource.kind]?.(resource.spec ?? {});
    if (!template) return [];
    return [{resource, name: called(resource), labels: template.metadata?.labels ?? {}, pod: template.spec ?? {},
      long: ['Deployment', 'StatefulSet'].includes(resource.kind)}];
  });
}

// The labels of each pod that a workload makes: those of a StatefulSet have names that can be selected.
export function podLabels({resource, labels}) {
  if (resource.kind !== 'StatefulSet') return [labels];
  return Array.from({length: resource.spec.replicas ?? 1}, (_, i) =>
    ({...labels, 'statefulset.kubernetes.io/pod-name': `${resource.metadata.name}-${i}`}));
}

export function containers(workload) {
  return [...(workload.pod.initContainers ?? []), ...(workload.pod.containers ?? [])]
    .map((container) => ({container, name: `${workload.name}, container ${container.name}`}));
}

export const program = (labels) => labels['app.kubernetes.io/name'];
export const isServer = (workload) =>
  workload.labels['app.kubernetes.io/part-of'] === 'firstfloor' && workload.labels['app.kubernetes.io/component'] === 'server';

export function selects(selector, labels) {
  const equal = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return equal && (selector?.matchExpressions ?? []).every(({key, operator, values}) => {
    if (operator === 'In') return values.includes(labels[key]);
    if (operator === 'NotIn') return !values.includes(labels[key]);
    return (operator === 'Exists') === (key in labels);
  });
}

// The environment that a container gets from ConfigMaps and by itself; later ones win.
export function environment(world, container) {
  const all = {};
  for (const source of container.envFrom ?? []) {
    const map = ofKind(world, 'ConfigMap').find(({metadata}) => metadata.name === source.configMapRef?.name);
    Object.assign(all, map?.data);
  }
  for (const {name, value} of container.env ?? []) all[name] = value;
  return all;
}

// "1500m" and "2Gi" as numbers.
export function quantity(text) {
  const [, number, unit] = /^([0-9.]+)([A-Za-z]*)$/.exec(String(text)) ?? [];
  const factor = {'': 1, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40}[unit];
  return factor === undefined ? NaN : Number(number) * factor;
}

export function seconds(duration) {
  const [, number, unit] = /^([0-9.]+)(ms|s|m|h)$/.exec(duration ?? '') ?? [];
  return Number(number) * ({ms: 1e-3, s: 1, m: 60, h: 3600}[unit] ?? NaN);
}
