// Every statement of a kustomization changes something: a patch whose target matches nothing passes kustomize without a word.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {stringify} from 'yaml';
import {build, Copy, files, overlays, read, readYaml} from '../tree.mjs';

// The kustomization without one statement, for each of its statements.
function* shortened(kustomization) {
  for (const list of ['patches', 'images', 'labels']) {
    for (const [i, statement] of (kustomization[list] ?? []).entries()) {
      const rest = kustomization[list].filter((_, j) => j !== i);
      yield [`${list}: ${JSON.stringify(statement)}`, {...kustomization, [list]: rest}];
    }
  }
  for (const [i, replacement] of (kustomization.replacements ?? []).entries()) {
    for (const [j, target] of replacement.targets.entries()) {
      const targets = replacement.targets.filter((_, k) => k !== j);
      const replacements = kustomization.replacements.map((other, k) => (k === i ? {...replacement, targets} : other));
      yield [`replacement: ${JSON.stringify(target.select)}`, {...kustomization, replacements: replacements.filter((r) => r.targets.length > 0)}];
    }
  }
}

async function outcome(root, overlay) {
  return build(root, overlay).catch((error) => `cannot be built: ${error.message}`);
}

// Looks at all overlays of `root` at once; `among` limits it to some kustomizations.
export async function effects({root}, among = files(root, 'k8s', 'kustomization.yaml')) {
  const complaints = [];
  const names = overlays(root);
  const before = await Promise.all(names.map((overlay) => outcome(root, overlay)));
  const copy = new Copy(root);
  try {
    for (const file of among) {
      const text = read(root, file);
      for (const [statement, without] of shortened(readYaml(root, file))) {
        writeFileSync(join(copy.root, file), stringify(without));
        const after = await Promise.all(names.map((overlay) => outcome(copy.root, overlay)));
        if (after.every((built, i) => built === before[i])) complaints.push(`${file}: ${statement} changes nothing`);
      }
      writeFileSync(join(copy.root, file), text);
    }
  } finally {
    copy.remove();
  }
  return complaints;
}
