// One matter from the lobby to its end: opinion → order → task → closed, by six people over gRPC.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CallError, connect, STRONG } from './client.mjs';

const BUILDING = '340111400001-CJ-07';
const COMPOUND = '340111400001-CJ';

const env = process.env;
const suite = connect({
  addresses: {
    opinion: env.FIRSTFLOOR_OPINION,
    deliberation: env.FIRSTFLOOR_DELIBERATION,
    volunteer: env.FIRSTFLOOR_VOLUNTEER,
  },
  ca: env.FIRSTFLOOR_CA,
});
const person = (who) => suite.as(readFileSync(`${env.FIRSTFLOOR_TOKENS}/${who}`, 'utf8').trim());
const resident = person('resident');
const neighbour = person('neighbour');
const volunteer = person('volunteer');
const steward = person('steward');
const secretary = person('secretary');
const staff = person('staff');
const anybody = suite.as();

const step = (text) => console.log(`· ${text}`);

// Every change carries an id of its own, made once and kept for all attempts: whoever hears nothing sends the
// same again, and it still happens once.
const anew = (request) => ({ ...request, requestId: randomUUID() });

async function refusal(call) {
  const error = await call.then(() => assert.fail('it should have been refused'), (why) => why);
  if (error instanceof CallError) return error;
  throw error;
}

// What follows in another service follows soon, not at once.
async function eventually(ask) {
  for (let wait = 20; wait < 10_000; wait *= 2) {
    const answer = await ask();
    if (answer) return answer;
    await sleep(wait);
  }
  return assert.fail('it did not come');
}

step('the resident watches their own matters, the steward the orders of the compound');
const matters = resident.opinions.watchOpinions({ mine: true });
const orders = steward.orders.watchOrders({ area: COMPOUND });
await Promise.all([matters.until(() => true), orders.until(() => true)]); // the first message: it has begun

step('a submission that breaks rules is told all of them at once');
const invalid = await refusal(
  resident.opinions.submitOpinion({
    opinion: { area: BUILDING, channel: 'OPINION_CHANNEL_APP' },
    requestId: 'not a UUID',
  }),
);
assert.equal(invalid.code, 'INVALID_ARGUMENT');
assert.equal(invalid.reason, 'INVALID_FIELD');
const fields = invalid.details.BadRequest.fieldViolations.map((violation) => violation.field);
assert.deepEqual(fields.sort(), ['opinion.kind', 'opinion.text', 'request_id']);

step('the resident submits an opinion; sent again, it is the same one');
const submission = anew({
  opinion: {
    area: BUILDING,
    channel: 'OPINION_CHANNEL_APP',
    kind: 'OPINION_KIND_PROBLEM',
    category: 'SERVICE.ELDERLY',
    text: '老人独自在家，想请人陪同去社区医院取药。',
  },
});
const taken = await resident.opinions.submitOpinion(submission);
assert.deepEqual(await resident.opinions.submitOpinion(submission), taken);
const { name } = taken.opinion;
const reaches = async (state, watch = matters) =>
  assert.equal((await watch.until((change) => change.name === name)).state, state);
await reaches('OPINION_STATE_RECEIVED');

step('the same id with other content is refused');
const reused = await refusal(
  resident.opinions.submitOpinion({ ...submission, opinion: { ...submission.opinion, text: '另一件事。' } }),
);
assert.equal(reused.code, 'FAILED_PRECONDITION');
assert.equal(reused.reason, 'REQUEST_ID_REUSED');

step('a neighbour may not read it');
const denied = await refusal(neighbour.opinions.getOpinion({ name }));
assert.equal(denied.code, 'PERMISSION_DENIED');
assert.equal(denied.reason, 'DENIED');

step('staff may not dispatch it yet, and are told what they may do instead');
const tooEarly = await refusal(staff.opinions.dispatchOpinion(anew({ name })));
assert.equal(tooEarly.code, 'FAILED_PRECONDITION');
assert.equal(tooEarly.reason, 'OPINION_WRONG_STATE');
assert.equal(tooEarly.details.ErrorInfo.metadata.state, 'RECEIVED');
const allowed = tooEarly.details.PreconditionFailure.violations.map((violation) => violation.description);
assert.ok(allowed.includes('TRIAGED'), `allowed: ${allowed}`);

step('staff triage and dispatch it: it becomes an order');
await staff.opinions.triageOpinion(
  anew({ name, category: 'SERVICE.ELDERLY', publicSummary: '高龄居民需要陪同取药，已转点单。' }),
);
const { order } = await staff.opinions.dispatchOpinion(anew({ name }));
await reaches('OPINION_STATE_TRIAGED');
await reaches('OPINION_STATE_DISPATCHED');
matters.close(); // the resident's phone goes to sleep

step('the steward sees the order and accepts it, the secretary dispatches it to volunteers');
const orderReaches = (state) => orders.until((change) => change.name === order && change.state === state);
await orderReaches('ORDER_STATE_PLACED');
await steward.orders.acceptOrder(anew({ name: order }));
const { task } = await secretary.orders.dispatchOrder(
  anew({ name: order, assignee: 'ORDER_ASSIGNEE_VOLUNTEERS' }),
);

step('somebody becomes a volunteer');
const { name: newcomer } = await volunteer.volunteers.applyVolunteer(
  anew({
    volunteer: {
      area: COMPOUND,
      displayName: '志愿者（虚构）',
      kinds: ['VOLUNTEER_KIND_RESIDENT'],
      birthMonth: '1990-05',
      consent: { version: '2023-01', consentTime: { seconds: Math.floor(Date.now() / 1000) - 60 } },
    },
  }),
);
await staff.volunteers.approveVolunteer(anew({ name: newcomer }));

step('the task is there; it is offered, accepted, done');
await eventually(async () => (await staff.tasks.listTasks({ area: BUILDING, order })).tasks.length > 0);
await staff.tasks.offerTask(anew({ name: task, volunteer: newcomer }));
await volunteer.tasks.acceptTask(anew({ name: task }));
await volunteer.tasks.startTask(anew({ name: task }));
const finished = await volunteer.tasks.completeTask(anew({ name: task, note: '已陪同取药，送回家中。' }));
assert.equal(finished.state, 'TASK_STATE_DONE');

step('so the order is done; the resident confirms and rates it');
await orderReaches('ORDER_STATE_DONE');
await resident.orders.confirmOrder(anew({ name: order, rating: 5, text: '很及时。' }));
await orderReaches('ORDER_STATE_CLOSED');
orders.close();

step('the resident watches on from where they left: resolved, closed');
const later = resident.opinions.watchOpinions({ mine: true, cursor: matters.cursor });
await reaches('OPINION_STATE_RESOLVED', later);
await reaches('OPINION_STATE_CLOSED', later);
later.close();

step('the rating is the feedback, and the receipt code shows the end to whoever holds it');
const closed = await resident.opinions.getOpinion({ name }, STRONG);
assert.equal(closed.state, 'OPINION_STATE_CLOSED');
assert.equal(closed.outcome, 'OPINION_OUTCOME_FIXED');
assert.equal(closed.feedback.satisfaction, 'SATISFACTION_SATISFIED');
const progress = await anybody.opinions.getOpinionByReceipt({ receiptCode: taken.receiptCode });
assert.equal(progress.state, 'OPINION_STATE_CLOSED');
assert.deepEqual(
  progress.timeline.map(({ state }) => state.replace('OPINION_STATE_', '')),
  ['RECEIVED', 'TRIAGED', 'DISPATCHED', 'RESOLVED', 'CLOSED'],
);

suite.close();
