import { DomainError, lineAmount, type DealLine, type Id, type Money } from '@voronka/contracts';

/** A line with its price as it was agreed: in a currency. `quantity` in thousandths. */
export interface PricedLine {
  readonly productId: Id;
  readonly quantity: number;
  readonly price: Money;
}

/** What a deal is worth: an amount somebody estimated, or lines and their sum. */
export interface DealValue {
  readonly amount: number | null;
  readonly currency: string | null;
  readonly lines: DealLine[];
}

/**
 * The value that an amount and lines make. Without lines the amount stands; with lines the amount is their sum, each
 * line rounded half up to minor units. Refuses with `CURRENCIES_DIFFER`, and with `INVALID_AMOUNT` a sum beyond 2^53 and
 * an amount that says otherwise than the lines.
 */
export function valueOf(amount: Money | null, lines: readonly PricedLine[]): DealValue {
  const [first] = lines;
  if (!first) return { amount: amount?.amount ?? null, currency: amount?.currency ?? null, lines: [] };
  const { currency } = first.price;
  lines.forEach(({ price }, i) => requireSame(price.currency, currency, `input.lines.${i}.price.currency`));
  if (amount) requireSame(amount.currency, currency, 'input.amount.currency');

  const plain = lines.map(({ productId, quantity, price }) => ({ productId, quantity, price: price.amount }));
  const sum = plain.reduce((total, line) => total + lineAmount(line), 0);
  if (!Number.isSafeInteger(sum))
    throw new DomainError(
      'INVALID_AMOUNT',
      'The lines add up to more than 2^53 minor units. Split the deal.',
      'input.lines',
    );
  if (amount && amount.amount !== sum)
    throw new DomainError(
      'INVALID_AMOUNT',
      `With lines the amount is their sum, ${sum} minor units. Leave the amount out, or change the lines.`,
      'input.amount.amount',
    );
  return { amount: sum, currency, lines: plain };
}

function requireSame(currency: string, expected: string, field: string): void {
  if (currency !== expected)
    throw new DomainError(
      'CURRENCIES_DIFFER',
      `A deal is in one currency: this is ${currency}, its first line is in ${expected}. Use the same one.`,
      field,
    );
}
