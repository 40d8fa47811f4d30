const values = [
  null,
  true,
  -1,
  'text',
  [],
  [null, 7, 'x', {}],
  {},
  { type: 7 },
  { content: [null, {}] },
  NaN,
];
const fields = 'message content usage stats error result event data parameters messages errorMessage'.split(
  ' ',
);
const more =
  'role subtype status delta output id tool_id toolCallId stopReason isError is_error willRetry'.split(' ');

/** Lines that a program of these kinds of events should never print: each field missing, or of each other type. */
export function oddLines(types: readonly string[]): readonly string[] {
  const odd = types.flatMap((type) => [
    { type },
    ...[...fields, ...more].flatMap((field) => values.map((value) => ({ type, [field]: value }))),
    ...values.map((value) => ({
      type,
      role: 'assistant',
      message: { role: 'assistant', content: [value, { type: value, text: value }], usage: value, id: value },
      result: value,
      error: { message: value },
      stats: { input_tokens: value },
    })),
  ]);
  return [
    ...odd.map((event) => JSON.stringify(event)),
    '',
    '{',
    '{}',
    '[]',
    'null',
    `{"type":"${'x'.repeat(1_000_000)}"}`,
  ];
}
