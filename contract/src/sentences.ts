import type { z } from 'zod';

type Issue = z.core.$ZodRawIssue;

/** Says what is wrong in words for a person; undefined leaves it to zod. A schema's own message comes before it. */
export function sentenceOf(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is needed' : `must be ${kindOf(issue.expected)}`;
    case 'too_small':
      if (issue.inclusive === false) return `must be above ${issue.minimum}`;
      return boundOf(issue.origin, 'least', issue.minimum);
    case 'too_big':
      if (issue.inclusive === false) return `must be below ${issue.maximum}`;
      return boundOf(issue.origin, 'most', issue.maximum);
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'invalid_format':
      return formats[issue.format];
    case 'invalid_union':
      return 'has none of the forms that it may have';
    case 'invalid_key':
      return `has a key that ${issue.issues.map(({ message }) => message).join(' and ')}`;
    case 'custom':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      break;
  }
  return undefined;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number in decimal digits',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

function kindOf(expected: string): string {
  return kinds[expected] ?? expected;
}

const formats: Readonly<Record<string, string>> = {
  url: 'must be a URL',
  datetime: 'must be a time in UTC, as 2026-01-31T12:00:00Z',
};

const units: Readonly<Record<string, string>> = {
  string: 'character',
  array: 'entry',
};

function boundOf(origin: string, side: 'least' | 'most', bound: number | bigint): string {
  const unit = units[origin];
  if (unit === undefined) return `must be at ${side} ${bound}`;
  if (side === 'least' && Number(bound) === 1) return 'must not be empty';
  const many = unit === 'entry' ? 'entries' : `${unit}s`;
  return `must have at ${side} ${bound} ${Number(bound) === 1 ? unit : many}`;
}
