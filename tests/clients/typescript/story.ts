// One matter from the lobby to its end: opinion → order → task → closed, by six people over HTTP and JSON.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, detail, done, refused, Watch, type Schemas } from './client.js';

const BUILDING = '340111400001-CJ-07';
const COMPOUND = '340111400001-CJ';

const gateway = given(process.env['FIRSTFLOOR_GATEWAY']);
const tokens = given(process.env['FIRSTFLOOR_TOKENS']);
const person = (who: string) => connect(gateway, readFileSync(`${tokens}/${who}`, 'utf8').trim());
const resident = person('resident');
const neighbour = person('neighbour');
const volunteer = person('volunteer');
const steward = person('steward');
const secretary = person('secretary');
const staff = person('staff');
const anybody = connect(gateway);

const step = (text: string) => console.log(`· ${text}`);

function given<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}

// Every change carries an id of its own, made once and kept for all attempts: whoever hears nothing sends the
// same again, and it still happens once.
const anew = () => ({ requestId: randomUUID() });

// The last part of a name: paths are written opinions/{opinion}.
const id = (name: string | undefined) => given(given(name).split('/')[1]);

// What follows in another service follows soon, not at once.
async function eventually(ask: () => Promise<boolean>): Promise<void> {
  for (let wait = 20; wait < 10_000; wait *= 2) {
    if (await ask()) return;
    await sleep(wait);
  }
  assert.fail('it did not come');
}

type OpinionChange = Schemas['firstfloor.opinion.v1.WatchOpinionsResponse'];
type OrderChange = Schemas['firstfloor.deliberation.v1.WatchOrdersResponse'];

async function watchMine(lastEventId?: string): Promise<Watch<OpinionChange>> {
  const { data } = await resident.GET('/v1/opinions:watch', {
    params: {
      query: { mine: true },
      header: lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId },
    },
    parseAs: 'stream',
  });
  return new Watch(given(data));
}

step('the resident watches their own matters, the steward the orders of the compound');
const matters = await watchMine();
const { data: stream } = await steward.GET('/v1/orders:watch', {
  params: { query: { area: COMPOUND } },
  parseAs: 'stream',
});
const orders = new Watch<OrderChange>(given(stream));
await Promise.all([matters.until(() => true), orders.until(() => true)]); // the first message: it has begun

step('a submission that breaks rules is told all of them at once');
const complete: Schemas['firstfloor.opinion.v1.Opinion'] = {
  area: BUILDING,
  channel: 'OPINION_CHANNEL_APP',
  kind: 'OPINION_KIND_PROBLEM',
  category: 'SERVICE.ELDERLY',
  text: '老人独自在家，想请人陪同去社区医院取药。',
};
const invalid = refused(
  await resident.POST('/v1/opinions', {
    body: { opinion: { ...complete, kind: 'OPINION_KIND_UNSPECIFIED', text: '' }, requestId: 'not a UUID' },
  }),
);
assert.equal(invalid.status, 'INVALID_ARGUMENT');
assert.equal(detail(invalid, 'ErrorInfo').reason, 'INVALID_FIELD');
const fields = detail(invalid, 'BadRequest').fieldViolations.map((violation) => violation.field);
assert.deepEqual(fields.sort(), ['opinion.kind', 'opinion.text', 'request_id']);

step('the resident submits an opinion; sent again, it is the same one');
const submission = { body: { opinion: complete, ...anew() } };
const taken = done(await resident.POST('/v1/opinions', submission));
assert.deepEqual(done(await resident.POST('/v1/opinions', submission)), taken);
const name = given(taken.opinion?.name);
const opinion = { path: { opinion: id(name) } };
const reaches = async (state: OpinionChange['state'], watch = matters) =>
  assert.equal((await watch.until((change) => change.name === name)).state, state);
await reaches('OPINION_STATE_RECEIVED');

step('the same id with other content is refused');
const reused = refused(
  await resident.POST('/v1/opinions', {
    body: { ...submission.body, opinion: { ...complete, text: '另一件事。' } },
  }),
);
assert.equal(reused.status, 'FAILED_PRECONDITION');
assert.equal(detail(reused, 'ErrorInfo').reason, 'REQUEST_ID_REUSED');

step('a neighbour may not read it');
const denied = refused(await neighbour.GET('/v1/opinions/{opinion}', { params: opinion }));
assert.equal(denied.status, 'PERMISSION_DENIED');
assert.equal(detail(denied, 'ErrorInfo').reason, 'DENIED');

step('staff may not dispatch it yet, and are told what they may do instead');
const tooEarly = refused(
  await staff.POST('/v1/opinions/{opinion}:dispatch', { params: opinion, body: anew() }),
);
assert.equal(tooEarly.status, 'FAILED_PRECONDITION');
assert.equal(detail(tooEarly, 'ErrorInfo').reason, 'OPINION_WRONG_STATE');
assert.equal(detail(tooEarly, 'ErrorInfo').metadata?.['state'], 'RECEIVED');
const allowed = detail(tooEarly, 'PreconditionFailure').violations.map((violation) => violation.description);
assert.ok(allowed.includes('TRIAGED'), `allowed: ${allowed}`);

step('staff triage and dispatch it: it becomes an order');
done(
  await staff.POST('/v1/opinions/{opinion}:triage', {
    params: opinion,
    body: { category: 'SERVICE.ELDERLY', publicSummary: '高龄居民需要陪同取药，已转点单。', ...anew() },
  }),
);
const dispatched = done(
  await staff.POST('/v1/opinions/{opinion}:dispatch', { params: opinion, body: anew() }),
);
await reaches('OPINION_STATE_TRIAGED');
await reaches('OPINION_STATE_DISPATCHED');
await matters.close(); // the resident's phone goes to sleep

step('the steward sees the order and accepts it, the secretary dispatches it to volunteers');
const order = { path: { order: id(dispatched.order) } };
const orderReaches = (state: OrderChange['state']) =>
  orders.until((change) => change.name === dispatched.order && change.state === state);
await orderReaches('ORDER_STATE_PLACED');
done(await steward.POST('/v1/orders/{order}:accept', { params: order, body: anew() }));
const dispatchedOrder = done(
  await secretary.POST('/v1/orders/{order}:dispatch', {
    params: order,
    body: { assignee: 'ORDER_ASSIGNEE_VOLUNTEERS', ...anew() },
  }),
);
const task = { path: { task: id(dispatchedOrder.task) } };

step('somebody becomes a volunteer');
const newcomer = done(
  await volunteer.POST('/v1/volunteers:apply', {
    body: {
      volunteer: {
        area: COMPOUND,
        displayName: '志愿者（虚构）',
        kinds: ['VOLUNTEER_KIND_RESIDENT'],
        birthMonth: '1990-05',
        consent: { version: '2023-01', consentTime: new Date(Date.now() - 60_000).toISOString() },
      },
      ...anew(),
    },
  }),
);
done(
  await staff.POST('/v1/volunteers/{volunteer}:approve', {
    params: { path: { volunteer: id(newcomer.name) } },
    body: anew(),
  }),
);

step('the task is there; it is offered, accepted, done');
await eventually(async () => {
  const query = { area: BUILDING, order: given(dispatched.order) };
  const { tasks } = done(await staff.GET('/v1/tasks', { params: { query } }));
  return tasks !== undefined && tasks.length > 0;
});
done(
  await staff.POST('/v1/tasks/{task}:offer', {
    params: task,
    body: { volunteer: given(newcomer.name), ...anew() },
  }),
);
done(await volunteer.POST('/v1/tasks/{task}:accept', { params: task, body: anew() }));
done(await volunteer.POST('/v1/tasks/{task}:start', { params: task, body: anew() }));
const finished = done(
  await volunteer.POST('/v1/tasks/{task}:complete', {
    params: task,
    body: { note: '已陪同取药，送回家中。', ...anew() },
  }),
);
assert.equal(finished.state, 'TASK_STATE_DONE');

step('so the order is done; the resident confirms and rates it');
await orderReaches('ORDER_STATE_DONE');
done(
  await resident.POST('/v1/orders/{order}:confirm', {
    params: order,
    body: { rating: 5, text: '很及时。', ...anew() },
  }),
);
await orderReaches('ORDER_STATE_CLOSED');
await orders.close();

step('the resident watches on from the last event: resolved, closed');
const later = await watchMine(matters.lastEventId);
await reaches('OPINION_STATE_RESOLVED', later);
await reaches('OPINION_STATE_CLOSED', later);
await later.close();

step('the rating is the feedback, and the receipt code shows the end to whoever holds it');
const closed = done(
  await resident.GET('/v1/opinions/{opinion}', {
    // Not from a memory that is up to a second old: the watch has just told of it.
    params: { ...opinion, header: { 'firstfloor-consistency': 'strong' } },
  }),
);
assert.equal(closed.state, 'OPINION_STATE_CLOSED');
assert.equal(closed.outcome, 'OPINION_OUTCOME_FIXED');
assert.equal(closed.feedback?.satisfaction, 'SATISFACTION_SATISFIED');
const progress = done(
  await anybody.POST('/v1/opinions:byReceipt', {
    body: { receiptCode: given(taken.receiptCode) },
  }),
);
assert.equal(progress.state, 'OPINION_STATE_CLOSED');
assert.deepEqual(
  progress.timeline?.map(({ state }) => state?.replace('OPINION_STATE_', '')),
  ['RECEIVED', 'TRIAGED', 'DISPATCHED', 'RESOLVED', 'CLOSED'],
);
