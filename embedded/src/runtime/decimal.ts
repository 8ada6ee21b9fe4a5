const MAX_TEXT = 1 << 18;
const MAX_EXPONENT = 1 << 14;
/** Digits after the point of a value that has no finite decimal form. */
const PERIODIC_DIGITS = 10;
const FORM = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** How many decimals the fraction 1/denominator needs; undefined when it has no end. */
function decimalsOf(denominator: bigint): number | undefined {
  let twos = 0;
  let fives = 0;
  let rest = denominator;
  while (rest % 2n === 0n) {
    rest /= 2n;
    twos++;
  }
  while (rest % 5n === 0n) {
    rest /= 5n;
    fives++;
  }
  return rest === 1n ? Math.max(twos, fives) : undefined;
}

/** An exact rational number, shown as a decimal: what the SDK's `Decimal` computes with. */
export class Decimal {
  #numerator: bigint;
  #denominator: bigint;

  constructor(text: string) {
    const match = text.length <= MAX_TEXT ? FORM.exec(text) : null;
    const [, sign, whole = "", fraction = "", exponentText] = match ?? [];
    if (!match || whole + fraction === "") throw new Error(`Invalid decimal format: '${text.slice(0, 40)}'`);
    const exponent = Number(exponentText ?? 0);
    if (Math.abs(exponent) > MAX_EXPONENT) throw new Error("Invalid decimal format: exponent out of range");
    const digits = BigInt(whole + fraction) * (sign === "-" ? -1n : 1n);
    const shift = exponent - fraction.length;
    this.#numerator = shift > 0 ? digits * 10n ** BigInt(shift) : digits;
    this.#denominator = shift < 0 ? 10n ** BigInt(-shift) : 1n;
    this.#reduce();
  }

  static #of(numerator: bigint, denominator: bigint): Decimal {
    const value = new Decimal("0");
    value.#numerator = denominator < 0n ? -numerator : numerator;
    value.#denominator = denominator < 0n ? -denominator : denominator;
    value.#reduce();
    return value;
  }

  #reduce(): void {
    const n = this.#numerator < 0n ? -this.#numerator : this.#numerator;
    const divisor = greatestCommonDivisor(n, this.#denominator);
    if (divisor > 1n) {
      this.#numerator /= divisor;
      this.#denominator /= divisor;
    }
  }

  add(other: Decimal): Decimal {
    return Decimal.#of(
      this.#numerator * other.#denominator + other.#numerator * this.#denominator,
      this.#denominator * other.#denominator,
    );
  }

  sub(other: Decimal): Decimal {
    return Decimal.#of(
      this.#numerator * other.#denominator - other.#numerator * this.#denominator,
      this.#denominator * other.#denominator,
    );
  }

  mul(other: Decimal): Decimal {
    return Decimal.#of(this.#numerator * other.#numerator, this.#denominator * other.#denominator);
  }

  div(other: Decimal): Decimal {
    if (other.#numerator === 0n) throw new Error("division by zero");
    return Decimal.#of(this.#numerator * other.#denominator, this.#denominator * other.#numerator);
  }

  /** All digits where they end; ten decimals where they do not; an exponent for values below 0.000001. */
  toString(): string {
    if (this.#denominator === 1n) return this.#numerator.toString();
    const scale = decimalsOf(this.#denominator) ?? PERIODIC_DIGITS;
    const negative = this.#numerator < 0n;
    const scaled = (negative ? -this.#numerator : this.#numerator) * 10n ** BigInt(scale);
    const rounded = (2n * scaled + this.#denominator) / (2n * this.#denominator);
    const digits = rounded.toString().padStart(scale + 1, "0");
    const significant = digits.replace(/^0+/, "");
    const magnitude = significant.length - scale - 1;
    const sign = negative && rounded !== 0n ? "-" : "";
    if (significant !== "" && magnitude < -6) {
      const tail = significant.slice(1).replace(/0+$/, "");
      return `${sign}${significant[0]}${tail && `.${tail}`}e${magnitude}`;
    }
    return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  }
}

let construct: (text: string) => unknown = (text) => new Decimal(text);

/** Tells how the SDK's own `Decimal` objects are made; called once per thread by `new Runtime()`. */
export function setDecimalConstructor(make: (text: string) => unknown): void {
  construct = make;
}

/** A `Decimal` as app code knows it. Throws on text that is not a number. */
export function createDecimal(text: string): unknown {
  return construct(text);
}

/** Whether a value of app code is a `Decimal`. */
export function isDecimal(value: object): value is { value: string } {
  return "__encore_decimal" in value;
}
