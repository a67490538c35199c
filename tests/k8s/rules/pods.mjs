// What every pod and container keeps to.
import {called, containers, environment, isServer, ofKind, program, quantity, seconds, workloads} from '../resources.mjs';

const each = (world, look) => workloads(world).flatMap((workload) => containers(workload).flatMap(({container, name}) =>
  look(container, workload).map((complaint) => `${name}: ${complaint}`)));

// Memory is asked for and limited; processors are asked for and not limited.
export function resources(world) {
  return each(world, ({resources: {requests = {}, limits = {}} = {}}) => {
    const complaints = [];
    if (!(quantity(requests.memory) > 0)) complaints.push('asks for no memory');
    if (!(quantity(requests.cpu) > 0)) complaints.push('asks for no processor');
    if (!(quantity(limits.memory) >= quantity(requests.memory))) complaints.push('its limit of memory is below what it asks for');
    if (limits.cpu) complaints.push('has a limit of processors, which makes every call wait');
    return complaints;
  });
}

export function portNames(world) {
  const services = ofKind(world, 'Service').flatMap((service) => service.spec.ports.map(({name}) => [called(service), name]));
  const ofContainers = workloads(world).flatMap((workload) => containers(workload).flatMap(({container, name}) =>
    (container.ports ?? []).map((port) => [name, port.name])));
  return [...services, ...ofContainers]
    .filter(([, name]) => !/^(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/.test(name ?? '') || name.length > 15)
    .map(([where, name]) => `${where}: "${name}" is no name of a port (at most 15 small letters, digits and dashes)`);
}

const handlers = (container) => [
  ...['startupProbe', 'readinessProbe', 'livenessProbe'].map((name) => [name, container[name]]),
  ['preStop', container.lifecycle?.preStop],
].filter(([, handler]) => handler);

// What runs on is probed in three ways, at ports that exist; our programs at their admin port.
export function probes(world) {
  return each(world, (container, workload) => {
    const complaints = [];
    const ports = (container.ports ?? []).flatMap(({name, containerPort}) => [name, containerPort]);
    for (const [what, handler] of handlers(container)) {
      const {port} = handler.httpGet ?? handler.tcpSocket ?? handler.grpc ?? {};
      if (port !== undefined && !ports.includes(port)) complaints.push(`${what} asks port ${port}, which it has not`);
      if (isServer(workload) && handler.httpGet?.port !== 'admin') complaints.push(`${what} does not ask the admin port`);
    }
    for (const what of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      if (workload.long && !container[what]) complaints.push(`has no ${what}`);
    }
    if (isServer(workload) && container.readinessProbe?.httpGet?.path !== '/readyz') complaints.push('is ready without /readyz');
    return complaints;
  });
}

// A replica that ends is not killed while calls still come or run.
export function drains(world) {
  return each(world, (container, workload) => {
    if (!isServer(workload)) return [];
    const {FIRSTFLOOR_DRAIN_PAUSE: pause, FIRSTFLOOR_GRACE: grace} = environment(world, container);
    const needed = seconds(pause) + seconds(grace) + 5;
    const complaints = [];
    if (!(seconds(pause) >= 5)) complaints.push('takes no calls between SIGTERM and being out of everybody\'s sight (drain_pause)');
    if (!(workload.pod.terminationGracePeriodSeconds >= needed)) complaints.push(`is killed before ${needed} s of draining are over`);
    return complaints;
  });
}

// Beyond the standard "restricted".
export function hardening(world) {
  const pods = workloads(world).flatMap(({pod, name}) => {
    const complaints = [];
    if (pod.securityContext?.runAsNonRoot !== true || !(pod.securityContext.runAsUser > 0)) complaints.push(`${name}: may run as root`);
    if (pod.automountServiceAccountToken !== false) complaints.push(`${name}: carries a token of the cluster`);
    if (pod.enableServiceLinks !== false) complaints.push(`${name}: gets every Service as environment variables`);
    return complaints;
  });
  const accounts = ofKind(world, 'ServiceAccount').filter(({automountServiceAccountToken}) => automountServiceAccountToken !== false)
    .map((account) => `${called(account)}: gives its token to pods`);
  return [...pods, ...accounts, ...each(world, ({securityContext = {}, env = [], envFrom = []}) => {
    const complaints = [];
    if (securityContext.runAsNonRoot === false || securityContext.runAsUser === 0) complaints.push('may run as root');
    if (securityContext.readOnlyRootFilesystem !== true) complaints.push('may write to its root file system');
    if (env.some(({valueFrom}) => valueFrom?.secretKeyRef) || envFrom.some(({secretRef}) => secretRef)) {
      complaints.push('has a secret in its environment, where `ps` and core files show it');
    }
    return complaints;
  })];
}

// Each workload has an account of its own, in the cluster and at the database.
export function accounts(world) {
  const owners = new Map();
  const complaints = [];
  for (const {pod, name} of workloads(world)) {
    for (const {name: volume, secret} of pod.volumes ?? []) {
      if (volume !== 'mysql') continue;
      const key = `Secret ${secret.secretName}`;
      if (owners.has(key)) complaints.push(`${name}: shares its account of the database with ${owners.get(key)}`);
      owners.set(key, name);
    }
    const account = pod.serviceAccountName;
    if (!account || account === 'default') complaints.push(`${name}: has no account of its own`);
    else if (owners.has(account)) complaints.push(`${name}: shares the account ${account} with ${owners.get(account)}`);
    owners.set(account, name);
  }
  return complaints;
}

// Jobs end; their pods are not started for ever.
export function jobs(world) {
  return workloads(world).filter(({resource}) => ['Job', 'CronJob'].includes(resource.kind)).flatMap(({resource, pod, name}) => {
    const spec = resource.kind === 'CronJob' ? resource.spec.jobTemplate.spec : resource.spec;
    const complaints = [];
    if (!['OnFailure', 'Never'].includes(pod.restartPolicy)) complaints.push(`${name}: restartPolicy ${pod.restartPolicy} is not for Jobs`);
    if (!(spec.activeDeadlineSeconds > 0)) complaints.push(`${name}: may run for ever`);
    return complaints;
  });
}

// Files that settings and probes name lie on a volume that holds them.
export function mounts(world) {
  const holdings = new Map([...world.resources, ...world.given].filter(({kind}) => ['Secret', 'ConfigMap'].includes(kind))
    .map(({kind, metadata, data}) => [`${kind} ${metadata.name}`, Object.keys(data ?? {})]));
  return each(world, (container, {pod}) => {
    const volumes = new Map((pod.volumes ?? []).map((volume) => [volume.name, volume]));
    const complaints = (container.volumeMounts ?? []).filter(({name}) => !volumes.has(name) && !/^data$/.test(name))
      .map(({name}) => `mounts ${name}, which the pod has not`);
    if (container.command?.[1] !== 'serve') return complaints;
    for (const [key, file] of Object.entries(environment(world, container))) {
      if (!key.endsWith('_FILE')) continue;
      const mount = container.volumeMounts.find(({mountPath}) => file.startsWith(`${mountPath}/`));
      if (!mount) {
        // A program passes over flags that it does not have.
        if (program(pod.labels ?? {}) !== 'gateway' && container.volumeMounts.some(({name}) => name === 'mysql')) complaints.push(`${key}=${file} lies on no volume`);
        continue;
      }
      const {secret, configMap} = volumes.get(mount.name) ?? {};
      const keys = holdings.get(secret ? `Secret ${secret.secretName}` : `ConfigMap ${configMap?.name}`) ?? [];
      if (!keys.includes(file.slice(mount.mountPath.length + 1))) complaints.push(`${key}=${file} is not in ${mount.name}`);
    }
    return complaints;
  });
}
