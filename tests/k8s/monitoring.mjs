// Alerts and dashboards ask for what running programs expose, and alerts fire when they should.
// monitoring.mjs FOLDER: where metrics_test has put what each program exposes.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {stringify} from 'yaml';
import {dashboards, folder as dashboardFolder} from '../../k8s/components/monitoring/dashboards.mjs';
import {read, readYaml, repository} from './tree.mjs';

let bad = 0;
function report(what, complaints) {
  console.log(`${complaints.length === 0 ? '✓' : '✗'} ${what}`);
  for (const complaint of complaints) console.log(`    ${complaint}`);
  bad += complaints.length;
}

function promtool(input, ...words) {
  try {
    execFileSync('promtool', words, {input, encoding: 'utf8', stdio: 'pipe'});
    return [];
  } catch (error) {
    return [`${error.stdout ?? ''}${error.stderr ?? error}`.trim()];
  }
}

// Metrics of others than our programs, that alerts may ask for: of Prometheus itself, kube-state-metrics and cert-manager.
const foreign = {up: ['job', 'instance'], kube_cronjob_status_last_successful_time: ['cronjob', 'namespace'],
  certmanager_certificate_expiration_timestamp_seconds: ['name', 'namespace']};
// Labels that come with scraping.
const scraped = ['job', 'instance', 'namespace'];

// Series by the name of their metric: for each label, the values seen.
function exposed(texts) {
  const metrics = new Map();
  for (const line of texts.flatMap((text) => text.split('\n'))) {
    const [, name, labels = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? /.exec(line) ?? [];
    if (!name) continue;
    if (!metrics.has(name)) metrics.set(name, new Map());
    for (const [, label, value] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      const values = metrics.get(name).get(label) ?? new Set();
      metrics.get(name).set(label, values.add(value));
    }
  }
  return metrics;
}

const words = ['by', 'without', 'on', 'ignoring', 'and', 'or', 'unless', 'bool', 'offset', 'group_left', 'group_right'];

// What a query asks for and nobody exposes.
function unanswered(query, metrics) {
  const complaints = [];
  const plain = query.replace(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, ' ').replace(/\[[^\]]*\]/g, ' ');
  for (const [, name, , selector = ''] of plain.matchAll(/\b([a-zA-Z_:][\w:]*)\b(?!\s*\()(\s*\{([^}]*)\})?/g)) {
    if (words.includes(name) || plain.split(/\{[^}]*\}/).every((part) => !new RegExp(`\\b${name}\\b`).test(part))) continue;
    const series = metrics.get(name);
    if (!series && !foreign[name]) {
      complaints.push(`${name}: no program exposes it`);
      continue;
    }
    for (const [, label, operator, value] of selector.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)) {
      if (scraped.includes(label) || foreign[name]?.includes(label)) continue;
      const values = series?.get(label);
      if (!values) complaints.push(`${name}: has no label ${label}`);
      else if (operator === '=' && !values.has(value)) complaints.push(`${name}: ${label} is never "${value}"`);
      else if (operator === '=~' && ![...values].some((seen) => new RegExp(`^(${value})$`).test(seen))) complaints.push(`${name}: ${label} is never like "${value}"`);
    }
  }
  for (const [, , list] of query.matchAll(/\b(by|without)\s*\(([^)]*)\)/g)) {
    for (const label of list.split(',').map((text) => text.trim())) {
      const known = scraped.includes(label) || label === 'le' || [...metrics].some(([name, labels]) => query.includes(name) && labels.has(label));
      if (!known) complaints.push(`nothing is labelled ${label} in ${query}`);
    }
  }
  return complaints;
}

const rules = () => readYaml(repository, 'k8s/components/monitoring/alerts.yaml').spec.groups;
const alerts = () => rules().flatMap((group) => group.rules);

function incomplete(alert) {
  const complaints = [];
  const {summary = '', runbook = ''} = alert.annotations ?? {};
  if (!summary || !runbook || /\n/.test(runbook)) complaints.push(`${alert.alert}: needs a summary, and a runbook of one line`);
  if (!['page', 'ticket'].includes(alert.labels?.severity)) complaints.push(`${alert.alert}: neither wakes somebody nor waits`);
  return complaints;
}

// Each alert is seen to fire, and not to.
function untested(list, tests) {
  const seen = (fires) => new Set(tests.flatMap((test) => test.alert_rule_test ?? [])
    .filter(({exp_alerts: expected = []}) => expected.length > 0 === fires).map(({alertname}) => alertname));
  return list.flatMap(({alert}) => [
    ...(seen(true).has(alert) ? [] : [`${alert}: no test sees it fire`]),
    ...(seen(false).has(alert) ? [] : [`${alert}: no test sees it keep quiet`]),
  ]);
}

const [, , metricsFolder] = process.argv;
const names = existsSync(metricsFolder) ? readdirSync(metricsFolder) : [];
report('what all programs expose was written down', names.length >= 5 ? [] : [`only ${names.join(' ') || 'nothing'} in ${metricsFolder}: metrics_test writes it`]);
const texts = names.map((name) => readFileSync(join(metricsFolder, name), 'utf8'));
names.forEach((name, i) => report(`promtool check metrics: ${name}`, promtool(texts[i], 'check', 'metrics')));
const metrics = exposed(texts);

// Calls `use` with a folder that is there as long.
function withFolder(use) {
  const scratch = mkdtempSync(join(tmpdir(), 'firstfloor-alerts-'));
  try {
    return use(scratch);
  } finally {
    rmSync(scratch, {recursive: true});
  }
}

function checkAlerts(groups) {
  return withFolder((scratch) => {
    writeFileSync(join(scratch, 'alerts.yaml'), stringify({groups}));
    return promtool('', 'check', 'rules', '--lint=all', '--lint-fatal', join(scratch, 'alerts.yaml'));
  });
}

// Runs tests/k8s/alerts_test.yaml over these groups. It is about when an alert fires; what it then says is checked elsewhere.
function testAlerts(groups) {
  return withFolder((scratch) => {
    const silent = groups.map((group) => ({...group, rules: group.rules.map(({annotations, ...rule}) => rule)}));
    writeFileSync(join(scratch, 'alerts.yaml'), stringify({groups: silent}));
    writeFileSync(join(scratch, 'test.yaml'), read(repository, 'tests/k8s/alerts_test.yaml'));
    return promtool('', 'test', 'rules', join(scratch, 'test.yaml'));
  });
}

// The groups with one alert's query or patience changed.
const changed = (alert, change) => rules().map((group) => ({...group, rules: group.rules.map((rule) => (rule.alert === alert ? {...rule, ...change(rule)} : rule))}));

report('promtool check rules', checkAlerts(rules()));
report('promtool test rules', testAlerts(rules()));
const tests = readYaml(repository, 'tests/k8s/alerts_test.yaml').tests;
report('every alert says what to do', alerts().flatMap(incomplete));
report('every alert is seen to fire and to keep quiet', untested(alerts(), tests));
report('alerts ask for what there is', alerts().flatMap(({alert, expr}) => unanswered(expr, metrics).map((text) => `${alert}: ${text}`)));

const written = Object.entries(dashboards());
report('dashboards are as dashboards.mjs makes them', written.filter(([file, text]) =>
  !existsSync(join(dashboardFolder, file)) || readFileSync(join(dashboardFolder, file), 'utf8') !== text).map(([file]) => file));
report('dashboards ask for what there is', written.flatMap(([file, text]) => JSON.parse(text).panels.flatMap(({title, targets = []}) =>
  targets.flatMap(({expr}) => unanswered(expr, metrics).map((complaint) => `${file}, ${title}: ${complaint}`)))));

// The checks see mistakes.
const mistakes = [
  ['a metric that nobody exposes', unanswered('rate(firstfloor_rpc_handled[5m])', metrics)],
  ['a metric that nobody exposes, as one of two', unanswered('sum(firstfloor_worker_queue) / firstfloor_workers', metrics)],
  ['a label that is not there', unanswered('firstfloor_worker_queue{pool="a"}', metrics)],
  ['a value that never comes', unanswered('firstfloor_http_requests_total{status="500"}', metrics)],
  ['a pattern that never fits', unanswered('firstfloor_rpc_handled_total{code=~"Internal|Unknown"}', metrics)],
  ['a grouping by nothing', unanswered('sum by (shard) (firstfloor_worker_queue)', metrics)],
  ['an alert without a runbook', incomplete({alert: 'X', labels: {severity: 'page'}, annotations: {summary: 'x'}})],
  ['an alert without a test', untested([{alert: 'X'}], tests)],
  ['an alert whose query is none', checkAlerts(changed('ProgramDown', () => ({expr: 'up =='})))],
  ['an alert that fires too late', testAlerts(changed('ProgramDown', () => ({for: '20m'})))],
  ['an alert that never fires', testAlerts(changed('EventsParked', ({expr}) => ({expr: expr.replace('> 0', '< 0')})))],
  ['an alert that fires for nothing', testAlerts(changed('ReaderBehind', ({expr}) => ({expr: expr.replace('min by', 'max by')})))],
  ['a metric without help', promtool('firstfloor_x_total 1\n', 'check', 'metrics')],
];
for (const [what, complaints] of mistakes) report(`sees ${what}`, complaints.length > 0 ? [] : ['not seen']);

console.log(bad === 0 ? 'alerts and dashboards are sound' : `${bad} complaints`);
process.exitCode = bad === 0 ? 0 : 1;
