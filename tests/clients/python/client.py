"""FirstFloor over gRPC, with the stubs that protoc makes of its protos."""

import functools

import grpc
from google.protobuf import symbol_database
from google.rpc import error_details_pb2, error_info_pb2, status_pb2  # details are looked up by their names

from firstfloor.deliberation.v1 import order_service_pb2_grpc
from firstfloor.opinion.v1 import opinion_service_pb2_grpc
from firstfloor.volunteer.v1 import task_service_pb2_grpc, volunteer_service_pb2_grpc

PATIENCE_SECONDS = 10

# Metadata for a call that must not be answered from a memory that is up to a second old, such as reading what a watch
# has just told of: GetOpinion(request, metadata=STRONG).
STRONG = (("firstfloor-consistency", "strong"),)


class Person:
    """Calls as the person whose token it is, or as nobody. Every call but a watch has a deadline."""

    def __init__(self, addresses, ca, token=None):
        """`addresses`: one "host:port" a service; `ca`: the authority that their certificates come from, in PEM."""
        credentials = grpc.ssl_channel_credentials(ca)
        if token:
            credentials = grpc.composite_channel_credentials(credentials, grpc.access_token_call_credentials(token))
        opinion, deliberation, volunteer = (
            grpc.secure_channel(addresses[service], credentials)
            for service in ("opinion", "deliberation", "volunteer")
        )
        self.opinions = _with_deadlines(opinion_service_pb2_grpc.OpinionServiceStub(opinion))
        self.orders = _with_deadlines(order_service_pb2_grpc.OrderServiceStub(deliberation))
        self.tasks = _with_deadlines(task_service_pb2_grpc.TaskServiceStub(volunteer))
        self.volunteers = _with_deadlines(volunteer_service_pb2_grpc.VolunteerServiceStub(volunteer))


def _with_deadlines(stub):
    for name, call in vars(stub).items():
        if isinstance(call, grpc.UnaryUnaryMultiCallable):
            setattr(stub, name, functools.partial(call, timeout=PATIENCE_SECONDS))
    return stub


class Watch:
    """A watch, read message by message. It goes on until it is closed, or the server ends it."""

    def __init__(self, stream):
        self._stream = stream
        self.cursor = ""  # where the watch stands; given to a new watch, that one goes on from here

    def until(self, wanted):
        """The next message for which `wanted` holds. Those without a name are heartbeats."""
        for message in self._stream:
            self.cursor = message.cursor
            if wanted(message):
                return message
        raise EOFError("the watch has ended")

    def close(self):
        self._stream.cancel()


def details_of(error):
    """What a service attached to its refusal: {"ErrorInfo": …, "BadRequest": …, "PreconditionFailure": …}."""
    details = {}
    for key, value in error.trailing_metadata():
        if key != "grpc-status-details-bin":
            continue
        for packed in status_pb2.Status.FromString(value).details:
            detail = symbol_database.Default().GetSymbol(packed.TypeName())()
            packed.Unpack(detail)
            details[detail.DESCRIPTOR.name] = detail
    return details
