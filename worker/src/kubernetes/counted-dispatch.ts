import type { RequestContext } from '@kubernetes/client-node';

import type { Meters } from '../meters.ts';
import { apiRequestOf } from './api-request.ts';

type Dispatcher = NonNullable<ReturnType<RequestContext['getDispatcher']>>;
type Dispatch = Dispatcher['dispatch'];
type Handler = Parameters<Dispatch>[1];

/** The same, with each request counted once it is answered or will never be. */
export function countedDispatcher(
  dispatcher: Dispatcher,
  meters: Pick<Meters, 'kubernetesAnswered'>,
): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => {
    const request = apiRequestOf(options.method, options.path);
    return dispatch(
      options,
      heard(handler, (code) => meters.kubernetesAnswered(request, code)),
    );
  });
}

/** Tells the first final status, or that there was none. */
function heard(handler: Handler, tell: (code: number | undefined) => void): Handler {
  let isTold = false;

  function tellOnce(code: number | undefined): void {
    if (!isTold) tell(code);
    isTold = true;
  }

  return {
    onRequestStart: (...args) => handler.onRequestStart?.(...args),
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStart: (...args) => {
      if (args[1] >= 200) tellOnce(args[1]);
      return handler.onResponseStart?.(...args);
    },
    onResponseStarted: () => handler.onResponseStarted?.(),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => {
      tellOnce(undefined);
      return handler.onResponseError?.(...args);
    },
    onBodySent: (...args) => handler.onBodySent?.(...args),
    onRequestSent: () => handler.onRequestSent?.(),
  };
}
