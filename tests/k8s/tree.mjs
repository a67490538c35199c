// The manifests of the repository, or of a copy of it, and what kubectl kustomize makes of an overlay.
import {execFile} from 'node:child_process';
import {cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {parse, parseAllDocuments} from 'yaml';

const here = dirname(fileURLToPath(import.meta.url));
const kubectl = join(here, 'node_modules/.bin/kubectl');
const run = promisify(execFile);

export const repository = join(here, '../..');

// What the manifests are made of, and what they are held against.
const parts = ['k8s', 'deploy/data', 'deploy/data.sh', 'protos', 'CMakeLists.txt', 'common/program/settings.cc',
  'services/gateway/settings.cc'];

// A copy of those parts of a tree under a temporary folder; remove() when done.
export class Copy {
  constructor(from = repository) {
    this.root = mkdtempSync(join(tmpdir(), 'firstfloor-k8s-'));
    for (const part of parts) cpSync(join(from, part), join(this.root, part), {recursive: true});
  }
  // Replaces `from`, which must stand in the file exactly once.
  edit(file, from, to) {
    const path = join(this.root, file);
    const text = readFileSync(path, 'utf8');
    const count = text.split(from).length - 1;
    if (count !== 1) throw new Error(`${file} holds ${count} times: ${from}`);
    writeFileSync(path, text.replace(from, () => to));
  }
  remove() { rmSync(this.root, {recursive: true}); }
}

export function overlays(root) { return readdirSync(join(root, 'k8s/overlays')).sort(); }

// The text of an overlay as kustomize builds it. Throws what kubectl says when it cannot.
export async function build(root, overlay) {
  const {stdout} = await run(kubectl, ['kustomize', join(root, 'k8s/overlays', overlay)], {maxBuffer: 1 << 26});
  return stdout;
}

// What a rule looks at: an overlay of a tree, its resources, and what is given by hand or by the cluster.
export async function world(root, overlay, given) {
  const text = await build(root, overlay);
  return {root, overlay, text, resources: documents(text), given: given[overlay] ?? given.default};
}

export function documents(text) {
  return parseAllDocuments(text).map((document) => document.toJS()).filter((content) => content);
}

export function read(root, file) { return readFileSync(join(root, file), 'utf8'); }
export function readYaml(root, file) { return parse(read(root, file)); }

export function files(root, folder, end) {
  return readdirSync(join(root, folder), {withFileTypes: true}).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return files(root, path, end);
    return entry.name.endsWith(end) ? [path] : [];
  });
}
