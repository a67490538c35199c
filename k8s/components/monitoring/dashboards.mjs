// Writes dashboards/*.json for Grafana: one a program, one for the suite. To be run by hand after a change here:
//
//   node k8s/components/monitoring/dashboards.mjs
//
// A test sees when that was forgotten.
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const services = ['outreach', 'opinion', 'deliberation', 'volunteer'];
const window = '[$__rate_interval]';

// A panel: title, unit, and queries with how each line is called.
const panel = (title, unit, ...queries) => ({title, unit, queries});
const rate = (series, by) => `sum by (${by}) (rate(${series}${window}))`;
const quantile = (q, series, by) => `histogram_quantile(${q}, sum by (${by}, le) (rate(${series}${window})))`;

const suite = [
  ['Calls', [
    panel('Calls a second', 'reqps', [rate('firstfloor_rpc_handled_total', 'job'), '{{job}}']),
    panel('Calls that failed on our side', 'reqps',
      [rate('firstfloor_rpc_handled_total{code=~"INTERNAL|UNKNOWN|UNAVAILABLE|DATA_LOSS"}', 'job, code'), '{{job}} {{code}}']),
    panel('99 of 100 calls are faster than', 's', [quantile(0.99, 'firstfloor_rpc_duration_seconds_bucket', 'job'), '{{job}}']),
    panel('Refused because workers were busy', 'reqps', [rate('firstfloor_admission_refused_total', 'job'), '{{job}}']),
  ]],
  ['Outside', [
    panel('Requests over HTTP', 'reqps', [rate('firstfloor_http_requests_total', 'status'), '{{status}}']),
    panel('Open connections and streams', 'short', ['sum(firstfloor_http_connections)', 'connections'], ['sum(firstfloor_http_streams)', 'streams']),
  ]],
  ['What follows from changes', [
    panel('Events that readers have not passed', 'short', ['max by (job, reader) (firstfloor_reader_lag_events)', '{{job}} reads {{reader}}']),
    panel('Events parked', 'short', ['max by (job, reader) (firstfloor_reader_parked)', '{{job}} reads {{reader}}']),
    panel('99 of 100 events have their place after', 's', [quantile(0.99, 'firstfloor_sequencer_delay_seconds_bucket', 'job'), '{{job}}']),
    panel('Deadlines overdue', 'short', ['max by (job) (firstfloor_timers_overdue)', '{{job}}']),
  ]],
];

const service = (job) => [
  ['Calls', [
    panel('Calls a second, by method', 'reqps', [rate(`firstfloor_rpc_handled_total{job="${job}"}`, 'method'), '{{method}}']),
    panel('Calls a second, by code', 'reqps', [rate(`firstfloor_rpc_handled_total{job="${job}"}`, 'code'), '{{code}}']),
    panel('Half of the calls, and 99 of 100, are faster than', 's',
      [quantile(0.5, `firstfloor_rpc_duration_seconds_bucket{job="${job}"}`, 'job'), 'half'],
      [quantile(0.99, `firstfloor_rpc_duration_seconds_bucket{job="${job}"}`, 'job'), '99 of 100']),
    panel('The slowest methods (99 of 100 calls)', 's',
      [`topk(8, ${quantile(0.99, `firstfloor_rpc_duration_seconds_bucket{job="${job}"}`, 'method')})`, '{{method}}']),
  ]],
  ['Workers and memory', [
    panel('Calls that wait for a worker', 'short', [`firstfloor_worker_queue{job="${job}"}`, '{{instance}}']),
    panel('Refused because workers were busy', 'reqps', [rate(`firstfloor_admission_refused_total{job="${job}"}`, 'instance'), '{{instance}}']),
    panel('Rows asked for in memory', 'reqps', [rate(`firstfloor_rows_asked_total{job="${job}"}`, 'outcome'), '{{outcome}}']),
    panel('Dear answers', 'reqps', [rate(`firstfloor_answers_total{job="${job}"}`, 'outcome'), '{{outcome}}']),
  ]],
  ['Events and deadlines', [
    panel('Events that readers have not passed', 'short', [`max by (reader) (firstfloor_reader_lag_events{job="${job}"})`, '{{reader}}']),
    panel('Events parked', 'short', [`max by (reader) (firstfloor_reader_parked{job="${job}"})`, '{{reader}}']),
    panel('Who gives events their place', 'short', [`firstfloor_sequencer_leading{job="${job}"}`, '{{instance}}']),
    panel('Half of the events, and 99 of 100, have their place after', 's',
      [quantile(0.5, `firstfloor_sequencer_delay_seconds_bucket{job="${job}"}`, 'job'), 'half'],
      [quantile(0.99, `firstfloor_sequencer_delay_seconds_bucket{job="${job}"}`, 'job'), '99 of 100']),
    panel('Deadlines overdue', 'short', [`max(firstfloor_timers_overdue{job="${job}"})`, 'overdue']),
  ]],
  ['Surroundings', [
    panel('Replicas that hear the bell', 'short', [`sum(firstfloor_bell_hearing{job="${job}"})`, 'hearing']),
    panel('Peers that cannot be reached', 'short', [`sum by (peer) (firstfloor_peer_breaker_open{job="${job}"})`, '{{peer}}']),
    panel('Lines of the log dropped', 'short', [rate(`firstfloor_log_dropped_total{job="${job}"}`, 'instance'), '{{instance}}']),
  ]],
];

const gateway = [
  ['Requests', [
    panel('Requests a second, by status', 'reqps', [rate('firstfloor_http_requests_total', 'status'), '{{status}}']),
    panel('Requests a second, by route', 'reqps', [`topk(12, ${rate('firstfloor_http_requests_total', 'route')})`, '{{route}}']),
    panel('99 of 100 requests are answered after', 's', [quantile(0.99, 'firstfloor_http_request_seconds_bucket', 'job'), 'all']),
    panel('The slowest routes (99 of 100 requests)', 's', [`topk(8, ${quantile(0.99, 'firstfloor_http_request_seconds_bucket', 'route')})`, '{{route}}']),
  ]],
  ['Connections', [
    panel('Open connections', 'short', ['firstfloor_http_connections', '{{instance}}']),
    panel('Open streams', 'short', ['firstfloor_http_streams', '{{instance}}']),
    panel('Connections turned away', 'cps', [rate('firstfloor_http_connections_refused_total', 'instance'), '{{instance}}']),
  ]],
];

const width = 24;
function dashboard(name, title, rows) {
  const panels = [];
  let y = 0;
  const source = {type: 'prometheus', uid: '${source}'};
  for (const [row, list] of rows) {
    panels.push({id: panels.length + 1, type: 'row', title: row, collapsed: false, panels: [], gridPos: {x: 0, y, w: width, h: 1}});
    y += 1;
    list.forEach(({title: what, unit, queries}, i) => {
      panels.push({id: panels.length + 1, type: 'timeseries', title: what, datasource: source,
        gridPos: {x: (i % 2) * (width / 2), y: y + Math.floor(i / 2) * 8, w: width / 2, h: 8},
        fieldConfig: {defaults: {unit, min: 0}, overrides: []},
        targets: queries.map(([expr, legendFormat], j) => ({refId: String.fromCharCode(65 + j), datasource: source, expr, legendFormat}))});
    });
    y += Math.ceil(list.length / 2) * 8;
  }
  return {uid: `firstfloor-${name}`, title: `FirstFloor · ${title}`, tags: ['firstfloor'], timezone: 'browser', schemaVersion: 38,
    refresh: '30s', time: {from: 'now-3h', to: 'now'}, graphTooltip: 1,
    templating: {list: [{name: 'source', label: 'Source', type: 'datasource', query: 'prometheus', current: {}}]}, panels};
}

// File name → its text.
export function dashboards() {
  const all = {suite: dashboard('suite', 'the suite', suite), gateway: dashboard('gateway', 'gateway', gateway)};
  for (const job of services) all[job] = dashboard(job, job, service(job));
  return Object.fromEntries(Object.entries(all).map(([name, content]) => [`${name}.json`, `${JSON.stringify(content, null, 1)}\n`]));
}

export const folder = join(dirname(fileURLToPath(import.meta.url)), 'dashboards');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(folder, {recursive: true});
  for (const [file, text] of Object.entries(dashboards())) writeFileSync(join(folder, file), text);
}
