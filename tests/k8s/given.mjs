// What the manifests refer to and do not hold: Secrets that are made at deploy time, and what a cluster has besides.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {documents, read, repository} from './tree.mjs';

const namespace = 'firstfloor';

// Pods of other namespaces that policies name.
const around = [
  ['kube-system', {'k8s-app': 'kube-dns'}],
  ['monitoring', {'app.kubernetes.io/name': 'otlp'}],
  ['monitoring', {'app.kubernetes.io/name': 'prometheus'}],
  ['ingress', {'app.kubernetes.io/name': 'ingress'}],
].map(([where, labels], i) => ({apiVersion: 'v1', kind: 'Pod', metadata: {name: `around-${i}`, namespace: where, labels},
  spec: {containers: []}}));

// What k8s/secrets.sh prints, with keys and certificates that it really makes.
function trial() {
  const state = mkdtempSync(join(tmpdir(), 'firstfloor-secrets-'));
  try {
    const text = execFileSync(join(repository, 'k8s/secrets.sh'), {encoding: 'utf8', env: {...process.env, FIRSTFLOOR_STATE: state}});
    const secrets = documents(text);
    for (const secret of secrets) secret.metadata.namespace = namespace;
    return secrets;
  } finally {
    rmSync(state, {recursive: true});
  }
}

// What the table asks of those who deploy, with empty values.
function district(root) {
  const rows = read(root, 'k8s/overlays/district/given.csv').trim().split('\n').slice(1).map((line) => line.split(','));
  return rows.map(([kind, name, keys]) => ({apiVersion: 'v1', kind, metadata: {name, namespace},
    data: Object.fromEntries(keys.split(' ').map((key) => [key, '']))}));
}

// cert-manager makes a Secret for each Certificate.
export function certified(resources) {
  return resources.filter(({kind}) => kind === 'Certificate').map(({spec, metadata}) => ({
    apiVersion: 'v1', kind: 'Secret', metadata: {name: spec.secretName, namespace: metadata.namespace},
    data: {'tls.crt': '', 'tls.key': '', 'ca.crt': ''}}));
}

export function given(root) {
  return {trial: [...around, ...trial()], district: [...around, ...district(root)], default: around};
}
