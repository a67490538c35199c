// What the tools that others keep know about Kubernetes: shapes, fields, links, pod security.
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {DefaultPluginLoader, DisabledFixer, MonokleValidator, processRefs, ResourceParser} from '@monokle/validation';
import {stringify} from 'yaml';
import {called, podLabels, workloads} from '../resources.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..');
const extensions = {
  'cert-manager.io': '@kubernetes-models/cert-manager',
  'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
  'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
};

// "apps/v1" → "kubernetes-models/apps/v1".
function module(apiVersion) {
  const [group] = apiVersion.split('/');
  if (group in extensions) return `${extensions[group]}/${apiVersion}`;
  return `kubernetes-models/${apiVersion}`;
}

// Types, enums, formats and what is required, as the API server's own description has them.
export async function shapes(world) {
  const complaints = [];
  for (const resource of world.resources) {
    const models = await import(module(resource.apiVersion)).catch(() => ({}));
    if (!models[resource.kind]) {
      complaints.push(`${called(resource)}: nothing is known of ${resource.apiVersion} ${resource.kind}`);
      continue;
    }
    try {
      new models[resource.kind](resource).validate();
    } catch (error) {
      complaints.push(`${called(resource)}: ${error.message}`);
    }
  }
  return complaints;
}

// Fields that do not exist. The API server would drop them without a word, kubectl kustomize passes them on; TypeScript sees
// them, since an object literal may have no field that its type has not.
export async function fields(world) {
  const scratch = mkdtempSync(join(folder, 'node_modules/.fields-'));
  try {
    const used = new Map();
    const lines = world.resources.map((resource, i) => {
      const key = `${resource.apiVersion} ${resource.kind}`;
      if (!used.has(key)) used.set(key, `T${used.size}`);
      return `export const r${i}: ${used.get(key)} = ${JSON.stringify(resource)};`;
    });
    const imports = [...used].map(([key, name]) => {
      const [apiVersion, kind] = key.split(' ');
      return `import type {I${kind} as ${name}} from '${module(apiVersion)}';`;
    });
    writeFileSync(join(scratch, 'package.json'), '{"type": "module"}');
    writeFileSync(join(scratch, 'all.ts'), [...imports, ...lines].join('\n'));
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    try {
      execFileSync(process.execPath, [tsc, '--noEmit', '--strict', '--skipLibCheck', '--pretty', 'false', '--module', 'nodenext',
        '--target', 'es2022', join(scratch, 'all.ts')], {encoding: 'utf8'});
      return [];
    } catch (error) {
      return (error.stdout || String(error)).trim().split('\n').map((line) => {
        const at = Number(/all\.ts\((\d+)/.exec(line)?.[1]) - 1 - imports.length;
        return `${at >= 0 ? called(world.resources[at]) : ''}: ${line.replace(/^.*error/, '')}`;
      });
    }
  } finally {
    rmSync(scratch, {recursive: true});
  }
}

// Without PSS203, which does not see that a pod may say for all its containers that they do not run as root: rules/pods.mjs does.
const restricted = ['PSS201', 'PSS202', 'PSS204', 'PSS205', 'PSS206'];
// The library remembers resources by their ids, from one call to the next.
let resourcesSeen = 0;

async function monokle(resources, plugin) {
  const described = resources.map((content) => ({
    id: String(resourcesSeen), fileId: String(resourcesSeen++), filePath: 'all.yaml', fileOffset: 0, text: stringify(content), content,
    name: content.metadata.name, namespace: content.metadata.namespace, apiVersion: content.apiVersion, kind: content.kind,
  }));
  const parser = new ResourceParser();
  const validator = new MonokleValidator({loader: new DefaultPluginLoader(), parser, fixer: new DisabledFixer(), suppressors: []});
  await validator.preload({plugins: {[plugin]: true}, rules: Object.fromEntries(restricted.map((id) => [id, 'err']))});
  if (!validator.isPluginLoaded(plugin)) throw new Error(`${plugin} was not loaded`);
  processRefs(described, parser);
  const {runs} = await validator.validate({resources: described});
  return runs.flatMap(({results}) => results).map(({ruleId, message, locations}) => {
    const where = locations?.[1]?.logicalLocations?.[0]?.fullyQualifiedName ?? '';
    const line = locations?.[1]?.physicalLocation?.region?.startLine;
    const resource = described.find(({content}) => where.startsWith(`${content.metadata.name}.`) && where.includes(`.${content.kind.toLowerCase()}@`));
    return `${where.replace(/@.*/, '')}: ${ruleId} ${message.text} ${resource?.text.split('\n')[line - 1]?.trim() ?? ''}`;
  });
}

// References to what is not there: ConfigMaps, Secrets, ServiceAccounts, claims, what selectors select.
export function links(world) {
  const pods = workloads(world).filter(({resource}) => resource.kind === 'StatefulSet').flatMap(podLabels).map((labels, i) =>
    ({apiVersion: 'v1', kind: 'Pod', metadata: {name: `pod-${i}`, namespace: 'firstfloor', labels}, spec: {containers: []}}));
  return monokle([...world.resources, ...world.given, ...pods], 'resource-links');
}
// The pod security standard "restricted".
export const podSecurity = (world) => monokle(world.resources, 'pod-security-standards');
