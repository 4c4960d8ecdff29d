import type { Found } from './found.ts';

type Form = { readonly pattern: RegExp; readonly check: (match: string) => boolean };

/** By their form, and by their check digit or letter where there is one. A form that any number fits is left out. */
const FORMS: readonly Form[] = [
  // United States: social security number (no check digit; the ranges that were never given out are excluded).
  { pattern: /(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g, check: () => true },
  // United Kingdom: national insurance number.
  {
    pattern:
      /(?<!\w)(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)/gi,
    check: () => true,
  },
  // Spain: DNI and NIE.
  { pattern: /(?<!\w)(?:\d{8}|[XYZ]-?\d{7})-?[A-Z](?!\w)/gi, check: isSpanish },
  // Italy: codice fiscale.
  { pattern: /(?<!\w)[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?!\w)/gi, check: isItalian },
  // France: numéro de sécurité sociale.
  {
    pattern: /(?<!\w)[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}(?!\w)/gi,
    check: isFrench,
  },
  // Germany: Steuer-Identifikationsnummer, as it is printed or in one.
  { pattern: /(?<!\w)[1-9]\d ?\d{3} ?\d{3} ?\d{3}(?!\w)/g, check: isGerman },
  // Brazil: CPF, as it is printed.
  { pattern: /(?<!\w)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\w)/g, check: isBrazilian },
  // Sweden: personnummer, as it is printed.
  { pattern: /(?<!\w)(?:\d{2})?\d{6}[-+]\d{4}(?!\w)/g, check: isSwedish },
];

export function findNationalIds(text: string): Found[] {
  const found: Found[] = [];
  for (const { pattern, check } of FORMS)
    for (const { index, 0: match } of text.matchAll(pattern))
      if (check(match)) found.push([index, index + match.length]);
  return found.sort((a, b) => a[0] - b[0]);
}

const digitsOf = (text: string): number[] => [...text.replace(/\D/g, '')].map(Number);

/** The number modulo 23 gives the letter; X, Y, Z stand for 0, 1, 2. */
function isSpanish(match: string): boolean {
  const compact = match.replaceAll('-', '').toUpperCase();
  const number = Number(compact.slice(0, -1).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter))));
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23] === compact.at(-1);
}

/** Decreto ministeriale 23 December 1976: odd places by this table (0..9 count as A..J), even ones by their value. */
const ITALIAN_ODD = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

function isItalian(match: string): boolean {
  const compact = match.toUpperCase();
  let sum = 0;
  for (let at = 0; at < 15; at++) {
    const value = Number.parseInt(compact[at] ?? '0', 36);
    const rank = value > 9 ? value - 10 : value;
    sum += at % 2 === 0 ? (ITALIAN_ODD[rank] ?? 0) : rank;
  }
  return String.fromCharCode(65 + (sum % 26)) === compact[15];
}

/** 97 minus the number modulo 97; Corsica's 2A and 2B count as 19 and 18. */
function isFrench(match: string): boolean {
  const compact = match.replaceAll(' ', '').toUpperCase().replace('2A', '19').replace('2B', '18');
  if (!/^\d{15}$/.test(compact)) return false;
  return 97 - (Number(compact.slice(0, 13)) % 97) === Number(compact.slice(13));
}

/** ISO 7064 mod 11,10; of the first ten digits one comes two or three times. */
function isGerman(match: string): boolean {
  const digits = digitsOf(match);
  const most = Math.max(
    ...digits.slice(0, 10).map((one) => digits.slice(0, 10).filter((d) => d === one).length),
  );
  if (most < 2 || most > 3) return false;
  let product = 10;
  for (const digit of digits.slice(0, 10)) {
    const sum = (digit + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === digits[10];
}

function isBrazilian(match: string): boolean {
  const digits = digitsOf(match);
  if (new Set(digits).size === 1) return false;
  const check = (count: number): number => {
    let sum = 0;
    for (let at = 0; at < count; at++) sum += (digits[at] ?? 0) * (count + 1 - at);
    return ((sum * 10) % 11) % 10;
  };
  return check(9) === digits[9] && check(10) === digits[10];
}

/** Luhn over the ten digits without the century. */
function isSwedish(match: string): boolean {
  const digits = digitsOf(match).slice(-10);
  const sum = digits.reduce((total, digit, at) => {
    const doubled = at % 2 === 0 ? digit * 2 : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
