/** A tool that a program offers to the model. */
export interface OfferedTool {
  readonly name: string;
  /** A `custom` tool takes a text instead of an object. */
  readonly isCustom: boolean;
  readonly parameters: readonly string[];
}

/** What a conversation holds that decides where its script stands. */
export type HistoryItem =
  | { readonly kind: 'prompt'; readonly text: string }
  | { readonly kind: 'toolResult' };

/** A request, whichever its dialect. */
export interface ModelRequest {
  readonly model: string;
  readonly wantsStream: boolean;
  readonly tools: readonly OfferedTool[];
  readonly history: readonly HistoryItem[];
}

/** A tool that the model calls. A custom tool's input is a text. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly isCustom: boolean;
  readonly input: unknown;
}

/** What the model says, whichever the dialect. */
export interface Answer {
  readonly id: string;
  readonly model: string;
  readonly createdSeconds: number;
  readonly words: string | undefined;
  readonly calls: readonly ToolCall[];
  readonly usage: TokenCount;
}

/** Tokens of one request. */
export interface TokenCount {
  readonly in: number;
  readonly out: number;
}

/** A request that is not answered. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/** A server-sent event; without a name where the dialect gives none. */
export interface SentEvent {
  readonly name?: string;
  /** A text is sent as it is, all else as JSON. */
  readonly data: unknown;
}

/** How one family of model hosts speaks. Pure. */
export interface Dialect {
  readonly name: 'anthropic' | 'chat' | 'responses' | 'gemini';
  serves(path: string): boolean;
  read(body: unknown, path: string): ModelRequest;
  /** The answer in one piece. */
  whole(answer: Answer): unknown;
  /** The answer as a stream. */
  events(answer: Answer): readonly SentEvent[];
  refusal(refusal: Refusal): unknown;
}
