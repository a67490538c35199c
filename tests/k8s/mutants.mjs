// Each rule sees what breaks it: mistakes made on purpose in a copy of the tree, and the rule that is to catch each.
import {certified, given} from './given.mjs';
import {effects} from './rules/effects.mjs';
import {rules} from './rules.mjs';
import {Copy, repository, world} from './tree.mjs';

const deployment = 'k8s/base/program/deployment.yaml';
const opinion = 'k8s/base/opinion';

// [rule, what is wrong, file, text, its replacement, overlay if not trial]
const mutants = [
  ['shapes', 'a number that is a text', 'k8s/overlays/trial/small.yaml', 'maxReplicas: 2', 'maxReplicas: two'],
  ['shapes', 'a value that is none of those allowed', 'k8s/components/ingress/gateway.yaml', 'mode: Terminate', 'mode: Terminated', 'district'],
  ['shapes', 'an unknown version', 'k8s/base/program/disruption-budget.yaml', 'policy/v1', 'policy/v2'],
  ['fields', 'a misspelt field', deployment, 'readOnlyRootFilesystem', 'readOnlyRootFileSystem'],
  ['fields', 'a field at the wrong place', 'k8s/base/database/migration.yaml', '  backoffLimit: 20', '  restartPolicy: Never\n  backoffLimit: 20'],
  ['fields', 'a misspelt field of an extension', 'k8s/components/tls/every-certificate.yaml', 'renewBefore', 'renewbefore', 'district'],
  ['links', 'a ConfigMap that is not there', deployment, 'name: settings', 'name: setting'],
  ['links', 'an account that is not there', 'k8s/base/database/migration-account.yaml', 'name: program-migrate', 'name: program-migrates'],
  ['podSecurity', 'a container that may gain rights', deployment, 'allowPrivilegeEscalation: false', 'allowPrivilegeEscalation: true'],
  ['podSecurity', 'a container that keeps capabilities', 'k8s/components/data/redis.yaml', 'drop: [ALL]', 'drop: [NET_RAW]'],
  ['podSecurity', 'a folder of the node', 'k8s/components/data/redis.yaml', 'emptyDir: {}', 'hostPath: {path: /tmp}'],
  ['hardening', 'a pod that may run as root', deployment, 'runAsNonRoot: true', 'runAsNonRoot: false'],
  ['hardening', 'a token of the cluster in every pod', deployment, 'automountServiceAccountToken: false', 'automountServiceAccountToken: true'],
  ['hardening', 'a root file system that can be written', 'k8s/base/database/migration.yaml', 'readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false'],
  ['hardening', 'a secret in the environment', 'k8s/base/database/migration.yaml', '            - name: FIRSTFLOOR_MYSQL_USER',
    '            - {name: PASSWORD, valueFrom: {secretKeyRef: {name: redis, key: password}}}\n            - name: FIRSTFLOOR_MYSQL_USER'],
  ['networks', 'an address that is no network', 'k8s/overlays/district/kustomization.yaml', '10.0.0.0/8', '10.0.0.1/8', 'district'],
  ['networks', 'a mask that is too long', `${opinion}/calls.yaml`, '  egress:\n', '  egress:\n    - to: [{ipBlock: {cidr: 10.0.0.0/33}}]\n'],
  ['edges', 'a caller too many', `${opinion}/calls.yaml`, 'app.kubernetes.io/name: gateway', 'app.kubernetes.io/name: outreach'],
  ['edges', 'everybody at one port', `${opinion}/calls.yaml`, '  egress:\n', '  egress:\n    - ports: [{port: 443}]\n'],
  ['edges', 'a call at the wrong port', 'k8s/base/gateway/calls.yaml', 'port: 7003', 'port: 7004'],
  ['edges', 'no default deny of what comes in', 'k8s/base/default-deny.yaml', '[Ingress, Egress]', '[Egress]'],
  ['edges', 'an edge that is drawn and not allowed', 'protos/calls.csv', 'gateway,dns,53,names', 'gateway,dns,53,names\ngateway,redis,6379,rates'],
  ['edges', 'a database that takes everybody', 'k8s/components/data/calls.yaml', 'matchLabels:\n              firstfloor/database: "true"\n      ports:\n        - {port: 3306}',
    'matchLabels: {}\n      ports:\n        - {port: 3306}'],
  ['routes', 'a service that the outside cannot reach', 'k8s/components/ingress/grpc.yaml', 'service: firstfloor.opinion.v1.OpinionService', 'service: firstfloor.opinion.v1.Opinions', 'district'],
  ['selectors', 'a Service that selects nobody', `${opinion}/service.yaml`, '  selector:\n    app.kubernetes.io/name: opinion', '  selector:\n    app.kubernetes.io/name: opinions'],
  ['selectors', 'a Service that also selects the migration', `${opinion}/service.yaml`, '    app.kubernetes.io/component: server\n  ports', '  ports'],
  ['selectors', 'a Service that leads to no port', `${opinion}/service.yaml`, 'targetPort: admin', 'targetPort: metrics'],
  ['names', 'a name with a capital letter', 'k8s/base/default-deny.yaml', 'name: default-deny', 'name: Default-Deny'],
  ['names', 'a label with a space', deployment, 'app.kubernetes.io/component: server\nspec:\n  # How', 'app.kubernetes.io/component: a server\nspec:\n  # How'],
  ['release', 'an image without a version', 'k8s/components/data/redis.yaml', 'image: redis:7.2', 'image: redis'],
  ['release', 'a Job whose name stays the same', 'k8s/release/kustomization.yaml', 'index: 2', 'index: 1'],
  ['release', 'another release than the programs\'', 'CMakeLists.txt', 'VERSION 0.1.0', 'VERSION 0.2.0'],
  ['secrets', 'a Secret in the tree', 'k8s/overlays/trial/namespace.yaml', 'apiVersion: v1\n', 'apiVersion: v1\nkind: Secret\nmetadata: {name: redis}\nstringData: {password: x}\n---\napiVersion: v1\n'],
  ['secrets', 'a Secret that nobody makes', 'k8s/components/data/mysql.yaml', 'secretName: mysql-root', 'secretName: mysql-admin'],
  ['certificates', 'a certificate of another program', 'k8s/components/tls/certificates.yaml', 'spiffe://firstfloor.local/service/opinion', 'spiffe://firstfloor.local/service/outreach', 'district'],
  ['since', 'a field of a later Kubernetes', deployment, '          startupProbe:', '          lifecycle: {preStop: {sleep: {seconds: 5}}}\n          startupProbe:'],
  ['accounts', 'two workloads with one account', 'k8s/components/data/mysql.yaml', 'serviceAccountName: mysql', 'serviceAccountName: redis'],
  ['accounts', 'a migration with the database account of its program', 'k8s/base/database/migration.yaml', 'program-migrate-mysql', 'program-mysql'],
  ['drains', 'a pod that is killed while it drains', deployment, 'terminationGracePeriodSeconds: 45', 'terminationGracePeriodSeconds: 30'],
  ['drains', 'no pause before the end', 'k8s/base/settings.env', 'DRAIN_PAUSE=10s', 'DRAIN_PAUSE=0s'],
  ['jobs', 'a Job that starts its pods for ever', 'k8s/base/database/migration.yaml', 'restartPolicy: OnFailure', 'restartPolicy: Always'],
  ['mounts', 'a file that its Secret does not hold', 'k8s/base/settings.env', 'privacy/keys.json', 'privacy/key.json'],
  ['portNames', 'a name of a port that is too long', 'k8s/components/data/redis.yaml', '{name: redis, port: 6379, targetPort: redis}', '{name: redis-cache-and-bell, port: 6379, targetPort: redis}'],
  ['probes', 'a probe of a port that does not exist', deployment, '{path: /readyz, port: admin}', '{path: /readyz, port: health}'],
  ['probes', 'a readiness that is only being alive', deployment, '/readyz', '/healthz'],
  ['probes', 'a probe of the port that speaks TLS', deployment, '{path: /readyz, port: admin}', '{path: /readyz, port: serve}'],
  ['resources', 'a limit below what is asked for', deployment, 'memory: 512Mi', 'memory: 64Mi'],
  ['resources', 'a container that asks for no memory', 'k8s/base/database/migration.yaml', '              memory: 64Mi\n', ''],
  ['resources', 'a limit of processors', deployment, 'memory: 512Mi', 'memory: 512Mi\n              cpu: "1"'],
  ['autoscalers', 'more at least than at most', 'k8s/overlays/trial/small.yaml', 'minReplicas: 1', 'minReplicas: 3'],
  ['autoscalers', 'a Deployment that also says how many', deployment, 'revisionHistoryLimit: 3', 'replicas: 1'],
  ['budgets', 'a budget with both fields', 'k8s/base/program/disruption-budget.yaml', 'maxUnavailable: 1', 'maxUnavailable: 1\n  minAvailable: 1'],
  ['budgets', 'a budget about nobody', 'k8s/components/galera/nodes.yaml', '  maxUnavailable: 1\n  selector:\n    matchLabels: *labels', '  maxUnavailable: 1\n  selector:\n    matchLabels: {app: galera}', 'district'],
  ['spread', 'replicas on one node', deployment, 'topologyKey: kubernetes.io/hostname', 'topologyKey: kubernetes.io/os'],
  ['connections', 'more replicas than the database bears', 'k8s/overlays/district/replicas.yaml', 'maxReplicas: 6', 'maxReplicas: 12', 'district'],
  ['connections', 'more workers than the database bears', 'k8s/base/settings.env', 'WORKERS=8', 'WORKERS=32'],
  ['peers', 'a peer at another port', `${opinion}/kustomization.yaml`, 'volunteer:7004', 'volunteer:7005'],
  ['settings', 'a flag of no program', 'k8s/base/settings.env', 'FIRSTFLOOR_GRACE', 'FIRSTFLOOR_GRACE_PERIOD'],
  ['settings', 'a program that listens elsewhere', `${opinion}/kustomization.yaml`, '0.0.0.0:7002', '0.0.0.0:7001'],
  ['effects', 'a patch whose target matches nothing', 'k8s/overlays/trial/kustomization.yaml', 'kind: HorizontalPodAutoscaler', 'kind: HorizontalPodAutoScaler'],
  ['effects', 'a release for an image that nobody uses', 'k8s/release/kustomization.yaml', 'name: firstfloor-operations', 'name: firstfloor-operation'],
];

const all = given(repository);

async function complaintsOf(rule, file, root, overlay) {
  if (rule === 'effects') return effects({root}, [file]);
  const mutant = await world(root, overlay, all);
  mutant.given = [...mutant.given, ...certified(mutant.resources)];
  return rules[rule](mutant);
}

let missed = 0;
for (const [rule, what, file, from, to, overlay = 'trial'] of mutants) {
  const copy = new Copy();
  try {
    copy.edit(file, from, to);
    const complaints = await complaintsOf(rule, file, copy.root, overlay);
    if (complaints.length === 0) missed += 1;
    console.log(`${complaints.length > 0 ? '✓' : '✗ NOT SEEN'} ${rule}: ${what}${complaints.length > 0 ? `\n      ${complaints[0].slice(0, 160)}` : ''}`);
  } finally {
    copy.remove();
  }
}
const unproved = [...Object.keys(rules), 'effects'].filter((rule) => !mutants.some(([name]) => name === rule));
for (const rule of unproved) console.log(`✗ nothing proves the rule ${rule}`);
console.log(`${mutants.length} mistakes, ${missed} not seen`);
process.exitCode = missed + unproved.length === 0 ? 0 : 1;
