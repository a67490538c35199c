// FirstFloor over HTTP and JSON, typed by the gateway's own /openapi.json: `openapi.ts` is made by
// openapi-typescript, calls are made by openapi-fetch.
import createClient from 'openapi-fetch';
import type { components, paths } from './openapi.js';

export type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];

// Calls as the person whose token it is, or as nobody.
export function connect(gateway: string, token?: string) {
  return createClient<paths>({
    baseUrl: gateway,
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
  });
}

// The answer of a call; an error if it was refused.
export function done<T>(result: { data?: T; error?: Problem }): T {
  if (result.data === undefined) throw new Error(JSON.stringify(result.error));
  return result.data;
}

// The refusal of a call; an error if it was not refused. Programs go by `status` and the reason, which never
// change; the message is for developers.
export function refused(result: { data?: unknown; error?: Problem }): Problem['error'] {
  if (result.error === undefined) throw new Error('it should have been refused');
  return result.error.error;
}

// The details that the suite attaches to its refusals.
interface Details {
  ErrorInfo: { reason: string; domain: string; metadata?: Record<string, string> };
  BadRequest: { fieldViolations: { field: string; description: string }[] };
  PreconditionFailure: { violations: { type: string; subject: string; description: string }[] };
}

export function detail<Type extends keyof Details>(problem: Problem['error'], type: Type): Details[Type] {
  const found = problem.details.find((each) => each['@type'] === `type.googleapis.com/google.rpc.${type}`);
  if (found === undefined) throw new Error(`no ${type} in ${JSON.stringify(problem)}`);
  return found as unknown as Details[Type];
}

// A watch: Server-Sent Events whose data is a message in JSON. (Browsers have EventSource, which cannot send a
// token.)
export class Watch<Message> {
  // Id of the last event. Sent as Last-Event-ID, a new watch goes on from there.
  lastEventId = '';
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';

  constructor(stream: ReadableStream<Uint8Array> | null) {
    if (stream === null) throw new Error('the answer has no body');
    this.#reader = stream.getReader();
  }

  // The next message for which `wanted` holds. Those without a name are heartbeats.
  async until(wanted: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const message = await this.#next();
      if (message !== undefined && wanted(message)) return message;
    }
  }

  async close(): Promise<void> {
    await this.#reader.cancel();
  }

  // The next event's message; nothing for a comment.
  async #next(): Promise<Message | undefined> {
    let end: number;
    while ((end = this.#text.indexOf('\n\n')) < 0) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error('the watch has ended');
      this.#text += this.#decoder.decode(value, { stream: true });
    }
    let data = '';
    for (const line of this.#text.slice(0, end).split('\n')) {
      if (line.startsWith('id: ')) this.lastEventId = line.slice(4);
      if (line.startsWith('data: ')) data += line.slice(6);
    }
    this.#text = this.#text.slice(end + 2);
    return data === '' ? undefined : (JSON.parse(data) as Message);
  }
}
