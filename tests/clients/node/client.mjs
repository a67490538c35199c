// FirstFloor over gRPC, from its protos alone: methods that return promises, watches to read from, and errors
// with their details.
import { readFileSync } from 'node:fs';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const PATIENCE_MS = 10_000;

const definition = protoLoader.loadSync(
  [
    'firstfloor/opinion/v1/opinion_service.proto',
    'firstfloor/deliberation/v1/order_service.proto',
    'firstfloor/volunteer/v1/task_service.proto',
    'firstfloor/volunteer/v1/volunteer_service.proto',
    'google/rpc/error_details.proto',
    'google/rpc/error_info.proto',
    'google/rpc/status.proto',
  ],
  { includeDirs: ['protos', 'googleapis'], enums: String, longs: String, defaults: true },
);
const { opinion, deliberation, volunteer } = grpc.loadPackageDefinition(definition).firstfloor;

// Opens the channels; `addresses` has one "host:port" a service, `ca` is the file of the authority that the
// services' certificates come from. What `as` returns makes its calls as the person whose token it is given,
// or as nobody.
export function connect({ addresses, ca }) {
  const credentials = grpc.credentials.createSsl(readFileSync(ca));
  const clients = {
    opinions: new opinion.v1.OpinionService(addresses.opinion, credentials),
    orders: new deliberation.v1.OrderService(addresses.deliberation, credentials),
    tasks: new volunteer.v1.TaskService(addresses.volunteer, credentials),
    volunteers: new volunteer.v1.VolunteerService(addresses.volunteer, credentials),
  };
  return {
    as(token) {
      const metadata = new grpc.Metadata();
      if (token) metadata.set('authorization', `Bearer ${token}`);
      return Object.fromEntries(
        Object.entries(clients).map(([name, client]) => [name, callsOf(client, metadata)]),
      );
    },
    close() {
      for (const client of Object.values(clients)) client.close();
    },
  };
}

function callsOf(client, metadata) {
  const calls = {};
  for (const { originalName: name, path, requestStream, responseStream } of Object.values(
    client.constructor.service,
  )) {
    if (requestStream) continue; // imports; no app makes them
    calls[name] = responseStream
      ? (request) => new Watch(client[name](request, metadata))
      : (request, extra) =>
          new Promise((resolve, reject) => {
            const options = { deadline: Date.now() + PATIENCE_MS };
            client[name](request, withExtra(metadata, extra), options, (error, reply) =>
              error ? reject(new CallError(path, error)) : resolve(reply),
            );
          });
  }
  return calls;
}

// For a call that must not be answered from a memory that is up to a second old, such as reading what a watch
// has just told of: getOpinion({ name }, STRONG).
export const STRONG = { 'firstfloor-consistency': 'strong' };

function withExtra(metadata, extra = {}) {
  const all = metadata.clone();
  for (const [key, value] of Object.entries(extra)) all.set(key, value);
  return all;
}

// A watch has no deadline: it goes on until it is closed, or the server ends it.
export class Watch {
  #stream;
  #messages;
  // Where the watch stands. Given to a new watch, that one goes on from here.
  cursor = '';

  constructor(stream) {
    this.#stream = stream;
    this.#messages = stream[Symbol.asyncIterator]();
  }

  // The next message for which `wanted` holds. Those without a name are heartbeats.
  async until(wanted) {
    for (;;) {
      const { value: message, done } = await this.#messages.next();
      if (done) throw new Error('the watch has ended');
      this.cursor = message.cursor;
      if (wanted(message)) return message;
    }
  }

  close() {
    this.#stream.on('error', () => {}); // being cancelled is what is wanted
    this.#stream.cancel();
  }
}

// What a service says when it refuses. Programs go by `code` and `reason`, which never change; the message is
// for developers.
export class CallError extends Error {
  constructor(path, error) {
    super(`${path}: ${grpc.status[error.code]}: ${error.details}`);
    this.code = grpc.status[error.code];
    this.details = detailsOf(error);
  }

  get reason() {
    return this.details.ErrorInfo?.reason ?? '';
  }
}

// {ErrorInfo: {reason, …}, BadRequest: {fieldViolations}, PreconditionFailure: {violations}, …}
function detailsOf(error) {
  const [bytes] = error.metadata?.get('grpc-status-details-bin') ?? [];
  if (!bytes) return {};
  const details = {};
  for (const { type_url: url, value } of definition['google.rpc.Status'].deserialize(bytes).details) {
    const type = url.slice(url.lastIndexOf('/') + 1);
    details[type.replace('google.rpc.', '')] = definition[type].deserialize(value);
  }
  return details;
}
