// Who may reach whom.
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {called, environment, ofKind, podLabels, program, selects, workloads} from '../resources.mjs';
import {files, read, readYaml} from '../tree.mjs';

// An IPv4 or IPv6 network whose address has no bit outside its mask.
function isNetwork(text) {
  const [, address, length] = /^([0-9a-f.:]+)\/(\d+)$/i.exec(text) ?? [];
  if (address === undefined) return false;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(address)) {
    const bytes = address.split('.').map(Number);
    const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    return bytes.every((byte) => byte < 256) && Number(length) <= 32 && value % 2 ** (32 - Number(length)) === 0;
  }
  try {
    new URL(`http://[${address}]`);
  } catch {
    return false;
  }
  return Number(length) <= 128;
}

export function networks(world) {
  const blocks = ofKind(world, 'NetworkPolicy').flatMap((policy) =>
    [...(policy.spec.ingress ?? []).flatMap(({from}) => from ?? []), ...(policy.spec.egress ?? []).flatMap(({to}) => to ?? [])]
      .flatMap(({ipBlock}) => (ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? [])] : [])).map((cidr) => [called(policy), cidr]));
  const proxies = workloads(world).flatMap(({name, pod}) => pod.containers.flatMap((container) =>
    (environment(world, container).FIRSTFLOOR_TRUSTED_PROXIES ?? '').split(',').filter(Boolean).map((cidr) => [name, cidr])));
  return [...blocks, ...proxies].filter(([, cidr]) => !isNetwork(cidr)).map(([where, cidr]) => `${where}: ${cidr} is no network`);
}

// Whoever selects pods selects some, and a Service the pods of one workload, at ports that they have.
export function selectors(world) {
  const complaints = [];
  for (const {resource, labels, name} of workloads(world)) {
    if (resource.spec.selector && !selects(resource.spec.selector, labels)) complaints.push(`${name}: does not select its own pods`);
  }
  for (const service of ofKind(world, 'Service')) {
    const selected = workloads(world).filter((workload) => podLabels(workload).some((labels) => selects({matchLabels: service.spec.selector}, labels)));
    if (selected.length !== 1) complaints.push(`${called(service)}: selects the pods of ${selected.length} workloads`);
    for (const {targetPort} of service.spec.ports) {
      const ports = selected.flatMap(({pod}) => pod.containers.flatMap(({ports: list = []}) => list.flatMap((port) => [port.name, port.containerPort])));
      if (!ports.includes(targetPort)) complaints.push(`${called(service)}: leads to the port ${targetPort}, which nobody has`);
    }
  }
  for (const policy of ofKind(world, 'NetworkPolicy')) {
    if (!workloads(world).some(({labels}) => selects(policy.spec.podSelector, labels))) complaints.push(`${called(policy)}: is about no pod`);
  }
  return complaints;
}

// Programs and servers go by their names, Jobs by what they do.
const party = ({labels}) => (labels['app.kubernetes.io/component'] === 'server' ? program(labels) : labels['app.kubernetes.io/component'] ?? program(labels));
const outside = {'kube-system': 'dns', ingress: 'ingress'};
const elsewhere = (peer) => {
  const namespace = peer.namespaceSelector.matchLabels?.['kubernetes.io/metadata.name'];
  return outside[namespace] ?? peer.podSelector?.matchLabels?.['app.kubernetes.io/name'] ?? `anybody in ${namespace}`;
};

// All edges that the policies allow, as "a → b:port", from the side of the caller or of the callee.
function allowed(world, side) {
  const edges = new Set();
  const pods = workloads(world);
  const [rules, peers] = side === 'caller' ? ['egress', 'to'] : ['ingress', 'from'];
  const add = (one, other, port) => edges.add(side === 'caller' ? `${one} → ${other}:${port}` : `${other} → ${one}:${port}`);
  for (const policy of ofKind(world, 'NetworkPolicy')) {
    for (const workload of pods.filter(({labels}) => selects(policy.spec.podSelector, labels))) {
      for (const rule of policy.spec[rules] ?? []) {
        const numbers = rule.ports?.map(({port}) => workload.pod.containers.flatMap(({ports = []}) => ports)
          .find(({name}) => name === port)?.containerPort ?? port) ?? ['any'];
        for (const peer of rule[peers] ?? [null]) {
          const others = peer === null || peer.ipBlock ? ['anybody'] : peer.namespaceSelector ? [elsewhere(peer)]
            : pods.filter(({labels}) => selects(peer.podSelector, labels)).map(party);
          for (const other of others) for (const number of numbers) add(party(workload), other, number);
        }
      }
    }
  }
  return edges;
}

// The edges that protos/calls.csv draws, and edges.csv of the base and of the overlay's components, between those who are there:
// nothing more, nothing less, on both sides.
export function edges(world) {
  const complaints = [];
  const deny = ofKind(world, 'NetworkPolicy').some(({spec}) => Object.keys(spec.podSelector).length === 0 &&
    spec.policyTypes.includes('Ingress') && spec.policyTypes.includes('Egress') && !spec.ingress && !spec.egress);
  if (!deny) complaints.push('what no policy allows is not denied');
  const components = readYaml(world.root, `k8s/overlays/${world.overlay}/kustomization.yaml`).components.map((path) => path.replace('../..', 'k8s'));
  const drawings = ['protos/calls.csv', ...['k8s/base', ...components].map((folder) => `${folder}/edges.csv`)]
    .filter((file) => existsSync(join(world.root, file)));
  const inside = new Set(workloads(world).map(party));
  const far = ['dns', 'otlp', 'prometheus', 'ingress'];
  const drawn = drawings.flatMap((file) => read(world.root, file).trim().split('\n').slice(1)).map((line) => line.split(','))
    .filter(([from, to]) => [from, to].every((end) => inside.has(end) || far.includes(end)));
  const texts = (list) => new Set(list.map(([from, to, port]) => `${from} → ${to}:${port}`));
  const expected = {caller: texts(drawn.filter(([from]) => inside.has(from))), callee: texts(drawn.filter(([, to]) => inside.has(to)))};
  for (const side of ['caller', 'callee']) {
    const found = allowed(world, side);
    for (const edge of found) if (!expected[side].has(edge)) complaints.push(`${edge} is allowed at the ${side} and not drawn`);
    for (const edge of expected[side]) if (!found.has(edge)) complaints.push(`${edge} is drawn and not allowed at the ${side}`);
  }
  return complaints;
}

// From outside every service of the protos can be reached that people call, and no other.
export function routes(world) {
  if (ofKind(world, 'Gateway').length === 0) return [];
  const expected = files(world.root, 'protos/firstfloor', '.proto').flatMap((file) => {
    const text = read(world.root, file);
    const name = /^package (\S+);/m.exec(text)?.[1];
    return [...text.matchAll(/^service (\w+)/gm)].map(([, service]) => `${name}.${service}`);
  }).filter((name) => !/\.(OperationsService|EventLogService)$/.test(name));
  const routed = ofKind(world, 'GRPCRoute').flatMap(({spec}) => spec.rules.flatMap(({matches, backendRefs}) =>
    matches.map(({method}) => [method.service, backendRefs[0].name])));
  const wrong = routed.filter(([service, backend]) => service.split('.')[1] !== backend).map(([service, backend]) => `${service} goes to ${backend}`);
  const missing = expected.filter((name) => !routed.some(([service]) => service === name)).map((name) => `${name} cannot be reached`);
  const more = routed.filter(([service]) => !expected.includes(service)).map(([service]) => `${service} is not for the outside`);
  return [...wrong, ...missing, ...more];
}
