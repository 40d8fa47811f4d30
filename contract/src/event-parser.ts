/** A server-sent event. */
export interface ServerEvent {
  /** `message` when the server names none. */
  readonly event: string;
  readonly data: string;
  /** The newest id so far, to go on after. */
  readonly id?: string | undefined;
}

/** Takes text as it arrives, cut anywhere; gives the events that are complete. */
export interface EventParser {
  push(text: string): ServerEvent[];
}

/** Makes a parser of one stream, by the rules of https://html.spec.whatwg.org/multipage/server-sent-events.html. */
export function createEventParser(): EventParser {
  let rest = '';
  let id: string | undefined;
  let event = '';
  let data: string[] = [];

  function push(text: string): ServerEvent[] {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    return lines.flatMap((line) => (line === '' ? dispatch() : take(line)));
  }

  function take(line: string): ServerEvent[] {
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    if (field === 'event') event = value;
    if (field === 'id' && !value.includes('\0')) id = value;
    return [];
  }

  function dispatch(): ServerEvent[] {
    const events = data.length === 0 ? [] : [{ event: event || 'message', data: data.join('\n'), id }];
    event = '';
    data = [];
    return events;
  }

  return { push };
}
