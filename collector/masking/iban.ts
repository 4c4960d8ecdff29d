import type { Found } from './found.ts';

/** Lengths by country, from the SWIFT IBAN registry. */
const LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 ' +
    'FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 ' +
    'LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 ' +
    'RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
const START = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}/g;

/** The country's length and ISO 7064 mod 97-10; spaces and dashes between the groups are allowed. */
export function findIbans(text: string): Found[] {
  const found: Found[] = [];
  for (const { index, 0: start } of text.matchAll(START)) {
    const length = LENGTHS[start.slice(0, 2).toUpperCase()];
    if (length === undefined) continue;
    const { compact, end } = take(text, index, length);
    if (compact.length === length && isIban(compact)) found.push([index, end]);
  }
  return found;
}

/** So many letters and digits from here, single separators left out. */
function take(text: string, from: number, length: number): { compact: string; end: number } {
  let compact = '';
  let at = from;
  while (at < text.length && compact.length < length) {
    const char = text[at] ?? '';
    if (/[A-Za-z0-9]/.test(char)) compact += char.toUpperCase();
    else if (!/[ -]/.test(char) || /[ -]/.test(text[at - 1] ?? ' ')) break;
    at += 1;
  }
  return { compact, end: at };
}

function isIban(compact: string): boolean {
  let remainder = 0;
  for (const char of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}
