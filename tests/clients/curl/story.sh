#!/usr/bin/env bash
# One matter from the lobby to its end: opinion → order → task → closed, by six people over HTTP and JSON.
set -euo pipefail

# shellcheck source=tests/clients/curl/client.sh
. ./client.sh

building=340111400001-CJ-07
compound=340111400001-CJ

step() { printf '· %s\n' "$*"; }
expect() { [[ $1 == "$2" ]] || fail "expected $2, but it is $1; HTTP $status: $body"; }

step 'the resident watches their own matters'
watch resident 'opinions:watch?mine=true'
next_event # the first message: it has begun

step 'a submission that breaks rules is told all of them at once'
ask resident POST opinions --data '{"opinion": {"area": "'$building'", "channel": "OPINION_CHANNEL_APP"}, "requestId": "not a UUID"}'
expect "$status" 400
expect "$(field .error.status)" INVALID_ARGUMENT
expect "$(detail ErrorInfo .reason)" INVALID_FIELD
expect "$(detail BadRequest '[.fieldViolations[].field] | sort | join(" ")')" 'opinion.kind opinion.text request_id'

step 'the resident submits an opinion; sent again, it is the same one'
submission='{"opinion": {
  "area": "'$building'", "channel": "OPINION_CHANNEL_APP", "kind": "OPINION_KIND_PROBLEM", "category": "SERVICE.ELDERLY",
  "text": "老人独自在家，想请人陪同去社区医院取药。"}}'
key=$(uuid)
ask resident POST opinions --header "Idempotency-Key: $key" --data "$submission"
must_be_done
first=$body
ask resident POST opinions --header "Idempotency-Key: $key" --data "$submission"
expect "$body" "$first"
opinion=$(field .opinion.name)
receipt=$(field .receiptCode)
reaches() {
  until_event ".name == \"$opinion\""
  expect "$(jq --raw-output .state <<<"$event")" "OPINION_STATE_$1"
}
reaches RECEIVED

step 'the same id with other content is refused'
ask resident POST opinions --header "Idempotency-Key: $key" --data "$(jq '.opinion.text = "另一件事。"' <<<"$submission")"
expect "$status" 400
expect "$(field .error.status)" FAILED_PRECONDITION
expect "$(detail ErrorInfo .reason)" REQUEST_ID_REUSED

step 'a neighbour may not read it'
ask neighbour GET "$opinion"
expect "$status" 403
expect "$(detail ErrorInfo .reason)" DENIED

step 'staff may not dispatch it yet, and are told what they may do instead'
ask staff POST "$opinion:dispatch" --header "Idempotency-Key: $(uuid)" --data '{}'
expect "$status" 400
expect "$(detail ErrorInfo .reason)" OPINION_WRONG_STATE
expect "$(detail ErrorInfo .metadata.state)" RECEIVED
expect "$(detail PreconditionFailure '[.violations[].description] | index("TRIAGED") != null')" true

step 'staff triage it, at the version that they have read; an older one is refused'
get staff "$opinion"
etag=$(field .etag)
triage='{"category": "SERVICE.ELDERLY", "publicSummary": "高龄居民需要陪同取药，已转点单。"}'
ask staff POST "$opinion:triage" --header "Idempotency-Key: $(uuid)" --header "If-Match: \"$etag\"" --data "$triage"
must_be_done
ask staff POST "$opinion:dispatch" --header "Idempotency-Key: $(uuid)" --header "If-Match: \"$etag\"" --data '{}'
expect "$status" 412
expect "$(detail ErrorInfo .reason)" ETAG_MISMATCH

step 'staff dispatch it: it becomes an order'
post staff "$opinion:dispatch"
order=$(field .order)
reaches TRIAGED
reaches DISPATCHED
end_watch # the resident's phone goes to sleep

step 'the order comes; the steward accepts it, the secretary dispatches it to volunteers'
# What follows in another service follows soon, not at once; until the order is there, its name is refused.
eventually() { for _ in {1..100}; do "$@" && return || sleep 0.1; done && fail "it did not come: $*"; }
order_is() { ask steward GET "$order" && [[ $(field .state) == "ORDER_STATE_$1" ]]; }
eventually order_is PLACED
post steward "$order:accept"
post secretary "$order:dispatch" '{"assignee": "ORDER_ASSIGNEE_VOLUNTEERS"}'
task=$(field .task)

step 'somebody becomes a volunteer'
post volunteer volunteers:apply '{"volunteer": {
  "area": "'$compound'", "displayName": "志愿者（虚构）", "kinds": ["VOLUNTEER_KIND_RESIDENT"], "birthMonth": "1990-05",
  "consent": {"version": "2023-01", "consentTime": "'"$(date --utc --date='1 minute ago' +%FT%TZ)"'"}}}'
volunteer=$(field .name)
post staff "$volunteer:approve"

step 'the task is there; it is offered, accepted, done'
task_is_there() { get staff "tasks?area=$building&order=$order" && [[ $(field '.tasks | length') -gt 0 ]]; }
eventually task_is_there
post staff "$task:offer" '{"volunteer": "'"$volunteer"'"}'
post volunteer "$task:accept"
post volunteer "$task:start"
post volunteer "$task:complete" '{"note": "已陪同取药，送回家中。"}'
expect "$(field .state)" TASK_STATE_DONE

step 'so the order is done; the resident confirms and rates it'
eventually order_is DONE
post resident "$order:confirm" '{"rating": 5, "text": "很及时。"}'
expect "$(field .state)" ORDER_STATE_CLOSED

step 'the resident watches on from the last event: resolved, closed'
watch resident 'opinions:watch?mine=true' "$last_event_id"
reaches RESOLVED
reaches CLOSED
end_watch

step 'the rating is the feedback, and the receipt code shows the end to whoever holds it'
get resident "$opinion" "${strong[@]}"
expect "$(field .state)" OPINION_STATE_CLOSED
expect "$(field .outcome)" OPINION_OUTCOME_FIXED
expect "$(field .feedback.satisfaction)" SATISFACTION_SATISFIED
ask nobody POST opinions:byReceipt --data @<(printf '{"receiptCode": "%s"}' "$receipt")
must_be_done
expect "$(field '[.timeline[].state | ltrimstr("OPINION_STATE_")] | join(" ")')" 'RECEIVED TRIAGED DISPATCHED RESOLVED CLOSED'
