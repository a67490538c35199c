"""One matter from the lobby to its end: opinion → order → task → closed, by six people over gRPC."""

import os
import pathlib
import time
import uuid

import grpc
from firstfloor.deliberation.v1 import order_pb2
from firstfloor.deliberation.v1 import order_service_pb2 as orders
from firstfloor.opinion.v1 import opinion_pb2
from firstfloor.opinion.v1 import opinion_service_pb2 as opinions
from firstfloor.volunteer.v1 import task_pb2
from firstfloor.volunteer.v1 import task_service_pb2 as tasks
from firstfloor.volunteer.v1 import volunteer_pb2
from firstfloor.volunteer.v1 import volunteer_service_pb2 as volunteers

from client import STRONG, Person, Watch, details_of

BUILDING = "340111400001-CJ-07"
COMPOUND = "340111400001-CJ"

ADDRESSES = {
    "opinion": os.environ["FIRSTFLOOR_OPINION"],
    "deliberation": os.environ["FIRSTFLOOR_DELIBERATION"],
    "volunteer": os.environ["FIRSTFLOOR_VOLUNTEER"],
}
CA = pathlib.Path(os.environ["FIRSTFLOOR_CA"]).read_bytes()
TOKENS = pathlib.Path(os.environ["FIRSTFLOOR_TOKENS"])


def person(who):
    return Person(ADDRESSES, CA, (TOKENS / who).read_text().strip())


def step(text):
    print("·", text, flush=True)


def anew():
    """The id of a change, made once and kept for all attempts: whoever hears nothing sends the same again, and it
    still happens once."""
    return str(uuid.uuid4())


def refusal(call, request):
    """The error with which the call is refused."""
    try:
        call(request)
    except grpc.RpcError as error:
        return error
    raise AssertionError("it should have been refused")


def eventually(ask):
    """What follows in another service follows soon, not at once."""
    wait = 0.02
    while wait < 10:
        answer = ask()
        if answer:
            return answer
        time.sleep(wait)
        wait *= 2
    raise AssertionError("it did not come")


def expect(actual, expected):
    if actual != expected:
        raise AssertionError(f"expected {expected!r}, but it is {actual!r}")


resident = person("resident")
neighbour = person("neighbour")
volunteer = person("volunteer")
steward = person("steward")
secretary = person("secretary")
staff = person("staff")
anybody = Person(ADDRESSES, CA)

step("the resident watches their own matters, the steward the orders of the compound")
matters = Watch(resident.opinions.WatchOpinions(opinions.WatchOpinionsRequest(mine=True)))
order_changes = Watch(steward.orders.WatchOrders(orders.WatchOrdersRequest(area=COMPOUND)))
matters.until(lambda message: True)  # the first message: it has begun
order_changes.until(lambda message: True)

step("a submission that breaks rules is told all of them at once")
invalid = refusal(
    resident.opinions.SubmitOpinion,
    opinions.SubmitOpinionRequest(
        opinion=opinion_pb2.Opinion(area=BUILDING, channel=opinion_pb2.OPINION_CHANNEL_APP), request_id="not a UUID"
    ),
)
expect(invalid.code(), grpc.StatusCode.INVALID_ARGUMENT)
expect(details_of(invalid)["ErrorInfo"].reason, "INVALID_FIELD")
fields = sorted(violation.field for violation in details_of(invalid)["BadRequest"].field_violations)
expect(fields, ["opinion.kind", "opinion.text", "request_id"])

step("the resident submits an opinion; sent again, it is the same one")
submission = opinions.SubmitOpinionRequest(
    opinion=opinion_pb2.Opinion(
        area=BUILDING,
        channel=opinion_pb2.OPINION_CHANNEL_APP,
        kind=opinion_pb2.OPINION_KIND_PROBLEM,
        category="SERVICE.ELDERLY",
        text="老人独自在家，想请人陪同去社区医院取药。",
    ),
    request_id=anew(),
)
taken = resident.opinions.SubmitOpinion(submission)
expect(resident.opinions.SubmitOpinion(submission), taken)
name = taken.opinion.name


def reaches(state, watch=matters):
    change = watch.until(lambda message: message.name == name)
    expect(opinion_pb2.OpinionState.Name(change.state), f"OPINION_STATE_{state}")


reaches("RECEIVED")

step("the same id with other content is refused")
other = opinions.SubmitOpinionRequest()
other.CopyFrom(submission)
other.opinion.text = "另一件事。"
reused = refusal(resident.opinions.SubmitOpinion, other)
expect(reused.code(), grpc.StatusCode.FAILED_PRECONDITION)
expect(details_of(reused)["ErrorInfo"].reason, "REQUEST_ID_REUSED")

step("a neighbour may not read it")
denied = refusal(neighbour.opinions.GetOpinion, opinions.GetOpinionRequest(name=name))
expect(denied.code(), grpc.StatusCode.PERMISSION_DENIED)
expect(details_of(denied)["ErrorInfo"].reason, "DENIED")

step("staff may not dispatch it yet, and are told what they may do instead")
too_early = refusal(staff.opinions.DispatchOpinion, opinions.DispatchOpinionRequest(name=name, request_id=anew()))
expect(too_early.code(), grpc.StatusCode.FAILED_PRECONDITION)
why = details_of(too_early)
expect(why["ErrorInfo"].reason, "OPINION_WRONG_STATE")
expect(why["ErrorInfo"].metadata["state"], "RECEIVED")
expect("TRIAGED" in [violation.description for violation in why["PreconditionFailure"].violations], True)

step("staff triage and dispatch it: it becomes an order")
staff.opinions.TriageOpinion(
    opinions.TriageOpinionRequest(
        name=name,
        category="SERVICE.ELDERLY",
        public_summary="高龄居民需要陪同取药，已转点单。",
        request_id=anew(),
    )
)
order = staff.opinions.DispatchOpinion(opinions.DispatchOpinionRequest(name=name, request_id=anew())).order
reaches("TRIAGED")
reaches("DISPATCHED")
matters.close()  # the resident's phone goes to sleep

step("the steward sees the order and accepts it, the secretary dispatches it to volunteers")


def order_reaches(state):
    order_changes.until(lambda change: change.name == order and change.state == state)


order_reaches(order_pb2.ORDER_STATE_PLACED)
steward.orders.AcceptOrder(orders.AcceptOrderRequest(name=order, request_id=anew()))
task = secretary.orders.DispatchOrder(
    orders.DispatchOrderRequest(name=order, assignee=order_pb2.ORDER_ASSIGNEE_VOLUNTEERS, request_id=anew())
).task

step("somebody becomes a volunteer")
consent = volunteer_pb2.Consent(version="2023-01")
consent.consent_time.FromSeconds(int(time.time()) - 60)
newcomer = volunteer.volunteers.ApplyVolunteer(
    volunteers.ApplyVolunteerRequest(
        volunteer=volunteer_pb2.Volunteer(
            area=COMPOUND,
            display_name="志愿者（虚构）",
            kinds=[volunteer_pb2.VOLUNTEER_KIND_RESIDENT],
            birth_month="1990-05",
            consent=consent,
        ),
        request_id=anew(),
    )
).name
staff.volunteers.ApproveVolunteer(volunteers.ApproveVolunteerRequest(name=newcomer, request_id=anew()))

step("the task is there; it is offered, accepted, done")
eventually(lambda: staff.tasks.ListTasks(tasks.ListTasksRequest(area=BUILDING, order=order)).tasks)
staff.tasks.OfferTask(tasks.OfferTaskRequest(name=task, volunteer=newcomer, request_id=anew()))
volunteer.tasks.AcceptTask(tasks.AcceptTaskRequest(name=task, request_id=anew()))
volunteer.tasks.StartTask(tasks.StartTaskRequest(name=task, request_id=anew()))
finished = volunteer.tasks.CompleteTask(
    tasks.CompleteTaskRequest(name=task, note="已陪同取药，送回家中。", request_id=anew())
)
expect(finished.state, task_pb2.TASK_STATE_DONE)

step("so the order is done; the resident confirms and rates it")
order_reaches(order_pb2.ORDER_STATE_DONE)
resident.orders.ConfirmOrder(orders.ConfirmOrderRequest(name=order, rating=5, text="很及时。", request_id=anew()))
order_reaches(order_pb2.ORDER_STATE_CLOSED)
order_changes.close()

step("the resident watches on from where they left: resolved, closed")
later = Watch(resident.opinions.WatchOpinions(opinions.WatchOpinionsRequest(mine=True, cursor=matters.cursor)))
reaches("RESOLVED", later)
reaches("CLOSED", later)
later.close()

step("the rating is the feedback, and the receipt code shows the end to whoever holds it")
closed = resident.opinions.GetOpinion(opinions.GetOpinionRequest(name=name), metadata=STRONG)
expect(closed.state, opinion_pb2.OPINION_STATE_CLOSED)
expect(closed.outcome, opinion_pb2.OPINION_OUTCOME_FIXED)
expect(closed.feedback.satisfaction, opinion_pb2.SATISFACTION_SATISFIED)
progress = anybody.opinions.GetOpinionByReceipt(opinions.GetOpinionByReceiptRequest(receipt_code=taken.receipt_code))
expect(
    [opinion_pb2.OpinionState.Name(way.state) for way in progress.timeline],
    [f"OPINION_STATE_{state}" for state in ("RECEIVED", "TRIAGED", "DISPATCHED", "RESOLVED", "CLOSED")],
)
