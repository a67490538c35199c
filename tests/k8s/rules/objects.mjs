// Names, references, images, certificates, and what must not be in the tree.
import {called, containers, isServer, ofKind, program, workloads} from '../resources.mjs';
import {read} from '../tree.mjs';

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const subdomain = (name) => name.length <= 253 && name.split('.').every((part) => label.test(part));
const value = /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/;
const key = (text) => {
  const [name, prefix] = text.split('/').reverse();
  return /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(name) && (prefix === undefined || subdomain(prefix));
};

export function names(world) {
  const complaints = [];
  for (const resource of world.resources) {
    const {name, namespace, labels = {}} = resource.metadata;
    // The names of these become DNS labels, or values of labels.
    const short = ['Service', 'Namespace', 'StatefulSet'].includes(resource.kind);
    if (!(short ? label.test(name) : subdomain(name))) complaints.push(`${called(resource)}: is no name`);
    if (resource.kind === 'Job' && name.length > 63) complaints.push(`${called(resource)}: is too long for its pods' label`);
    if (resource.kind !== 'Namespace' && namespace !== 'firstfloor') complaints.push(`${called(resource)}: is in the namespace ${namespace}`);
    for (const [text, content] of Object.entries(labels)) {
      if (!key(text) || !value.test(content)) complaints.push(`${called(resource)}: ${text}=${content} is no label`);
    }
  }
  for (const workload of workloads(world)) {
    for (const {container, name} of containers(workload)) if (!label.test(container.name)) complaints.push(`${name}: is no name`);
  }
  const seen = new Set();
  for (const resource of world.resources) {
    const id = `${resource.apiVersion} ${called(resource)}`;
    if (seen.has(id)) complaints.push(`${id}: is there twice`);
    seen.add(id);
  }
  return complaints;
}

// Images have a tag, ours the release's; a migration's Job carries the release, or an upgrade could not be applied.
export function release(world) {
  const [, version] = /project\(firstfloor VERSION (\S+)/.exec(read(world.root, 'CMakeLists.txt'));
  return workloads(world).flatMap((workload) => containers(workload).flatMap(({container: {image}, name}) => {
    const [, repository, tag] = /^(.+?)(?::([^:/]+))?$/.exec(image);
    const complaints = [];
    if (!tag || tag === 'latest') complaints.push(`${name}: ${image} is not one version`);
    if (/(^|\/)firstfloor/.test(repository) && tag !== version) complaints.push(`${name}: ${image} is not the release ${version}`);
    if (workload.resource.kind === 'Job' && !workload.resource.metadata.name.endsWith(`-${tag}`)) {
      complaints.push(`${name}: the name of its Job does not carry the release`);
    }
    return complaints;
  }));
}

// Secrets are referred to, never held; what is given is used, and has the name that is referred to.
export function secrets(world) {
  const used = new Set();
  for (const {pod} of workloads(world)) for (const {secret} of pod.volumes ?? []) if (secret) used.add(secret.secretName);
  for (const {spec} of ofKind(world, 'Issuer')) used.add(spec.ca.secretName);
  for (const {spec} of ofKind(world, 'Gateway')) for (const {tls} of spec.listeners) for (const {name} of tls.certificateRefs) used.add(name);
  const given = new Set(world.given.filter(({kind}) => kind === 'Secret').map(({metadata}) => metadata.name));
  return [
    ...ofKind(world, 'Secret').map((resource) => `${called(resource)}: is in the tree`),
    ...(/PRIVATE KEY|"k": ?"|password: \S/.test(world.text) ? ['something that looks like a key or a password is in the tree'] : []),
    ...[...used].filter((name) => !given.has(name)).map((name) => `Secret ${name}: nobody makes it`),
    ...[...given].filter((name) => !used.has(name)).map((name) => `Secret ${name}: is made and not used`),
  ];
}

// A program's certificate names the program as its peers call it, and says who it is as a client.
export function certificates(world) {
  if (ofKind(world, 'Issuer').length === 0) return [];
  const wrong = workloads(world).filter(isServer).flatMap(({labels, pod, name}) => {
    const own = program(labels);
    const {secretName} = pod.volumes.find((volume) => volume.name === 'tls').secret;
    const certificate = ofKind(world, 'Certificate').find(({spec}) => spec.secretName === secretName);
    if (!certificate) return [`${name}: no certificate fills ${secretName}`];
    const complaints = [];
    if (!certificate.spec.dnsNames.includes(own)) complaints.push(`${called(certificate)}: peers know it as ${own}`);
    if (!certificate.spec.uris.includes(`spiffe://firstfloor.local/service/${own}`)) complaints.push(`${called(certificate)}: does not say that it is ${own}`);
    if (!['server auth', 'client auth'].every((usage) => certificate.spec.usages.includes(usage))) complaints.push(`${called(certificate)}: is not for both ends`);
    return complaints;
  });
  return wrong;
}

// Kubernetes 1.27 is the oldest; these came later and would be dropped without a word.
const later = [/^sleep:/, /^podReplacementPolicy:/, /^successPolicy:/, /^supplementalGroupsPolicy:/, /^trafficDistribution:/, /^recursiveReadOnly:/];
export function since(world) {
  const lines = world.text.split('\n').map((line) => line.trim());
  const complaints = lines.filter((line) => later.some((field) => field.test(line))).map((line) => `${line} needs more than Kubernetes 1.27`);
  for (const {pod, name} of workloads(world)) {
    if ((pod.initContainers ?? []).some(({restartPolicy}) => restartPolicy)) complaints.push(`${name}: sidecars need more than Kubernetes 1.27`);
  }
  return complaints;
}
