// Environment variables are flags that the programs have, and those that they cannot do without are there.
import {environment, isServer, program, workloads} from '../resources.mjs';
import {read} from '../tree.mjs';

// The names in kFlags of a program's settings.cc.
function flagsOf(root, file) {
  const list = /kFlags\[\] = \{([^}]*)\}/.exec(read(root, file))?.[1] ?? '';
  const flags = [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name);
  if (flags.length < 10) throw new Error(`${file}: its flags were not found`);
  return flags;
}

const needed = ['listen', 'admin', 'tls_cert_file', 'tls_key_file', 'tls_ca_file', 'peers'];
const neededByServices = ['mysql_endpoint', 'mysql_password_file', 'redis_endpoint', 'redis_password_file', 'privacy_key_file',
  'areas_file', 'jwks_file', 'token_issuer', 'workers'];

export function settings(world) {
  const service = flagsOf(world.root, 'common/program/settings.cc');
  const gateway = flagsOf(world.root, 'services/gateway/settings.cc');
  return workloads(world).filter(isServer).flatMap((workload) => {
    const variables = environment(world, workload.pod.containers[0]);
    const own = program(workload.labels) === 'gateway' ? gateway : service;
    const wanted = own === gateway ? needed : [...needed, ...neededByServices];
    const complaints = wanted.filter((flag) => !variables[`FIRSTFLOOR_${flag.toUpperCase()}`]).map((flag) => `no ${flag}`);
    for (const key of Object.keys(variables)) {
      const flag = key.replace(/^FIRSTFLOOR_/, '').toLowerCase();
      if (!service.includes(flag) && !gateway.includes(flag)) complaints.push(`${key} is a flag of no program`);
    }
    const ports = Object.fromEntries(workload.pod.containers[0].ports.map(({name, containerPort}) => [name, containerPort]));
    for (const [key, port] of [['FIRSTFLOOR_LISTEN', ports.serve], ['FIRSTFLOOR_ADMIN', ports.admin]]) {
      if (variables[key] !== `0.0.0.0:${port}`) complaints.push(`${key}=${variables[key]} is not the port ${port}`);
    }
    return complaints.map((complaint) => `${workload.name}: ${complaint}`);
  });
}

// Whom a program is told to call is whom it may call, at the port where that one listens.
export function peers(world) {
  const calls = read(world.root, 'protos/calls.csv').trim().split('\n').slice(1).map((line) => line.split(','));
  const servers = workloads(world).filter(isServer);
  const names = servers.map(({labels}) => program(labels));
  return servers.flatMap((workload) => {
    const caller = program(workload.labels);
    const expected = [...new Set(calls.filter(([from, to]) => from === caller && names.includes(to))
      .map(([, to, port]) => `${to}=dns:///${to}:${port}`))].sort();
    const told = (environment(world, workload.pod.containers[0]).FIRSTFLOOR_PEERS ?? '').split(',').sort();
    return String(told) === String(expected) ? [] : [`${workload.name}: peers are ${told}, calls.csv says ${expected}`];
  });
}
