# shellcheck shell=bash
# shellcheck disable=SC2034  # for those who source this
# FirstFloor over HTTP and JSON, with curl and jq. To be sourced.

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

uuid() { cat /proc/sys/kernel/random/uuid; }

# ask PERSON VERB PATH [ARGUMENT OF CURL…]: one call, as the person whose token is in $FIRSTFLOOR_TOKENS, or as
# "nobody". Sets `status`, the HTTP status, and `body`. Tokens go through a file, since everybody on the machine
# sees arguments.
ask() {
  local person=$1 verb=$2 path=$3 reply
  shift 3
  reply=$(curl --silent --show-error --max-time 10 --cacert "$FIRSTFLOOR_CA" --request "$verb" \
    --header @<(token_of "$person") --header 'Content-Type: application/json' --write-out '\n%{http_code}' "$@" \
    "$FIRSTFLOOR_GATEWAY/v1/$path")
  status=${reply##*$'\n'} body=${reply%$'\n'*}
}

token_of() { [[ $1 == nobody ]] || printf 'Authorization: Bearer %s\n' "$(<"$FIRSTFLOOR_TOKENS/$1")"; }

# The same for what is not refused.
get() { ask "$1" GET "$2" "${@:3}" && must_be_done; }
# post PERSON PATH [JSON]: a change, with an id of its own.
post() { ask "$1" POST "$2" --header "Idempotency-Key: $(uuid)" --data "${3:-{\}}" && must_be_done; }
must_be_done() { [[ $status == 200 ]] || fail "HTTP $status: $body"; }

# For a GET that must not be answered from a memory that is up to a second old, such as reading what a watch has just
# told of: get PERSON PATH "${strong[@]}"
strong=(--header 'firstfloor-consistency: strong')

# field FILTER: of the body, by jq.
field() { jq --raw-output "$1" <<<"$body"; }
# detail TYPE FILTER: of the error's detail of this type: detail ErrorInfo .reason
detail() { field ".error.details[] | select(.\"@type\" | endswith(\"google.rpc.$1\")) | $2"; }

# watch PERSON PATH [LAST_EVENT_ID]: opens a stream of Server-Sent Events at the descriptor `watch`.
watch() {
  exec {watch}< <(exec curl --silent --show-error --no-buffer --cacert "$FIRSTFLOOR_CA" --header @<(token_of "$1") \
    ${3:+--header "Last-Event-ID: $3"} "$FIRSTFLOOR_GATEWAY/v1/$2")
  watch_pid=$!
}

# next_event: reads the watch's next message into `event`, and its id, from which a later watch goes on, into
# `last_event_id`. Fails after 20 seconds of silence.
next_event() {
  local line
  event=''
  while read -r -t 20 -u "$watch" line; do
    case $line in
      'id: '*) last_event_id=${line#id: } ;;
      'data: '*) event=${line#data: } ;;
      '') [[ -z $event ]] || return 0 ;;
    esac
  done
  fail 'the watch has ended'
}

# until_event FILTER: reads on until the message passes the filter.
until_event() {
  next_event
  until jq --exit-status "$1" <<<"$event" >/dev/null; do next_event; done
}

end_watch() {
  exec {watch}<&-
  kill "$watch_pid" 2>/dev/null || true
}
