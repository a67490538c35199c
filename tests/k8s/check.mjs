// Builds every overlay and holds it against every rule. Exit code 0: no complaint.
import {given, certified} from './given.mjs';
import {effects} from './rules/effects.mjs';
import {rules} from './rules.mjs';
import {overlays, repository, world} from './tree.mjs';

let bad = 0;
function report(what, complaints) {
  console.log(`${complaints.length === 0 ? '✓' : '✗'} ${what}`);
  for (const complaint of complaints) console.log(`    ${complaint}`);
  bad += complaints.length;
}

const all = given(repository);
for (const overlay of overlays(repository)) {
  const built = await world(repository, overlay, all);
  built.given = [...built.given, ...certified(built.resources)];
  console.log(`${overlay}: ${built.resources.length} resources`);
  if (built.resources.length < 40) report(`${overlay} is all there`, ['resources are missing']);
  for (const [name, rule] of Object.entries(rules)) report(`${overlay}: ${name}`, await rule(built));
}
report('every statement of a kustomization has an effect', await effects({root: repository}));
console.log(bad === 0 ? 'all overlays keep all rules' : `${bad} complaints`);
process.exitCode = bad === 0 ? 0 : 1;
