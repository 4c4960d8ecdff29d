import {
  status as Code,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import { Refusal } from '../refusal.ts';

type Answered = Parameters<ServerInterceptingCallInterface['sendStatus']>[0];

export type WatchOptions = {
  /** From the headers to the last byte of the message. */
  readonly messageTimeoutMs: number;
  readonly onRefused: (path: string, authorization: string | undefined, refusal: Refusal) => void;
};

/**
 * What the library answers by itself, below every handler: a message that is too large or does not inflate. Here it
 * gets its reason and is told, so that no refusal goes uncounted; and a message that does not arrive is given up.
 */
export function watchLibrary(options: WatchOptions): ServerInterceptor {
  return (method, call) => {
    let authorization: string | undefined;
    /** Before it, the library answers for the message; after it, the handler does. */
    let hasMessage = false;
    const send = call.sendStatus.bind(call);
    call.sendStatus = (answered) => {
      clearTimeout(timer);
      const refusal = hasMessage ? undefined : refusalOf(answered);
      if (refusal) options.onRefused(method.path, authorization, refusal);
      const isBadBody = refusal?.reason === 'malformed_body';
      send(isBadBody ? { ...answered, code: Code.INVALID_ARGUMENT } : answered);
    };
    const timer = setTimeout(() => {
      const refusal = new Refusal('body_timeout', 'the message did not arrive in time');
      options.onRefused(method.path, authorization, refusal);
      send({ code: Code.DEADLINE_EXCEEDED, details: refusal.message, metadata: null });
    }, options.messageTimeoutMs);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            authorization = metadata.get('authorization')[0]?.toString();
            pass(metadata);
          },
          onReceiveMessage: (message, pass) => {
            clearTimeout(timer);
            hasMessage = true;
            pass(message);
          },
          onCancel: () => clearTimeout(timer),
        }),
    });
  };
}

function refusalOf({ code, details }: Answered): Refusal | undefined {
  const message = details ?? '';
  if (code === Code.RESOURCE_EXHAUSTED) return new Refusal('too_large', message);
  if (code === Code.INTERNAL) return new Refusal('malformed_body', message);
  if (code === Code.UNIMPLEMENTED) return new Refusal('unsupported_encoding', message);
  return undefined;
}
