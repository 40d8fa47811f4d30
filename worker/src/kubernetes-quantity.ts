import { z } from 'zod';

/** What a suffix of a quantity multiplies by. */
const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const digits = String.raw`(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)`;
const large = '[kMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]+';

/** As a JSON Schema has it. */
interface QuantityShape {
  readonly type: ['string', 'number'];
  readonly pattern: string;
  readonly minimum: number;
}

/** Settings of YAML have `cpu: 2` as a number. */
function quantityOf(suffixes: string, error: string): z.ZodType<string> {
  const { pattern, ...shape } = shapeOf(suffixes);
  const text = z.string().regex(new RegExp(pattern), error);
  return z
    .preprocess((value) => (typeof value === 'number' ? String(value) : value), text)
    .meta({ ...shape, pattern });
}

function shapeOf(suffixes: string): QuantityShape {
  return { type: ['string', 'number'], pattern: `^${digits}(?:${suffixes})?$`, minimum: 0 };
}

/** An amount, as https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ has it. */
const amount = quantityOf(`[num]|${large}`, 'must be a quantity, as 500m or 2Gi');

/** An amount of bytes: `500m` would be half a byte. */
export const bytes = quantityOf(large, 'must be an amount of bytes, as 512Mi or 2Gi');

const inBytes = ['memory', 'ephemeral-storage'] as const;

/** Amounts by the resource's name. */
export const quantities = z
  .record(z.string(), amount)
  .superRefine((value, context) => {
    for (const name of inBytes) {
      const [issue] = bytes.optional().safeParse(value[name]).error?.issues ?? [];
      if (issue) context.addIssue({ code: 'custom', message: issue.message, path: [name] });
    }
  })
  .meta({ properties: Object.fromEntries(inBytes.map((name) => [name, shapeOf(large)])) });

/** How much a quantity is, as near as a number tells it. */
export function amountOf(quantity: string): number {
  const [, number = '', suffix = ''] = /^([\d.]+(?:[eE][-+]?\d+)?)(\D*)$/.exec(quantity) ?? [];
  return Number(number) * (factors[suffix] ?? Number.NaN);
}
