import type { Detector } from '../../model/documents/contract.ts';
import type { Found } from './found.ts';
import { findIbans } from './iban.ts';
import { findNationalIds } from './national-id.ts';

const FINDERS: Readonly<Record<Detector, (text: string) => Found[]>> = {
  email: findEmails,
  card: findCards,
  iban: findIbans,
  national_id: findNationalIds,
  phone: findPhones,
};
/** The surer first: a card's digits are not also taken for a telephone. */
const ORDER: readonly Detector[] = ['email', 'iban', 'card', 'national_id', 'phone'];
const HAS_DIGITS = /\d.*\d/s;

/**
 * The text with what was found replaced by its kind, `[email]`; the same text when there is nothing. Forms with check
 * digits (cards, IBANs, most national ids) count only when these are right. Linear in the text but for a small factor.
 */
export function redact(text: string, detectors: readonly Detector[]): string {
  const digits = HAS_DIGITS.test(text);
  let masked = text;
  for (const detector of ORDER) {
    if (!detectors.includes(detector)) continue;
    if (detector === 'email' ? !HAS_AT.test(masked) : !digits) continue;
    masked = replaceAll(masked, FINDERS[detector](masked), `[${detector.replace('_', '-')}]`);
  }
  return masked;
}

function replaceAll(text: string, found: readonly Found[], by: string): string {
  let result = '';
  let at = 0;
  for (const [start, end] of found) {
    if (start < at) continue;
    result += text.slice(at, start) + by;
    at = end;
  }
  return at === 0 ? text : result + text.slice(at);
}

/** As written, and as it stands in a URL. */
const HAS_AT = /@|%40/i;
const AT = /@|%40/gi;
const LOCAL = /[\p{L}\p{N}\p{M}.!#$%&'*+/=?^_`{|}~-]/u;
const DOMAIN = /[\p{L}\p{N}\p{M}.-]/u;

/** From every at sign outwards, so that a long local part is taken whole (a bounded pattern would leave its start). */
function findEmails(text: string): Found[] {
  const found: Found[] = [];
  let least = 0;
  for (const { index, 0: sign } of text.matchAll(AT)) {
    let start = index;
    while (start > least && LOCAL.test(text[start - 1] ?? '')) start -= 1;
    let end = index + sign.length;
    while (end < text.length && DOMAIN.test(text[end] ?? '')) end += 1;
    while (end > index && /[.-]/.test(text[end - 1] ?? '')) end -= 1;
    const domain = text.slice(index + sign.length, end);
    least = index + sign.length;
    if (start === index || !domain.includes('.')) continue;
    found.push([start, end]);
    least = end;
  }
  return found;
}

/** Groups of digits with single spaces or dashes between them. */
const DIGIT_RUN = /\d(?:[ -]?\d){11,}/g;
const CARD_DIGITS = { least: 13, most: 19 };

/** Payment cards: the known first digits, 13 to 19 digits, Luhn. A run may go on behind the card (an expiry date). */
function findCards(text: string): Found[] {
  const found: Found[] = [];
  for (const { index, 0: run } of text.matchAll(DIGIT_RUN)) {
    const groups = [...run.matchAll(/\d+/g)].map((group) => ({
      start: index + group.index,
      end: index + group.index + group[0].length,
      digits: group[0],
    }));
    for (let first = 0; first < groups.length; first++) {
      let digits = '';
      for (let last = first; last < groups.length && digits.length <= CARD_DIGITS.most; last++) {
        digits += groups[last]?.digits ?? '';
        if (isCard(digits)) found.push([groups[first]?.start ?? 0, groups[last]?.end ?? 0]);
      }
    }
  }
  return found;
}

/** American Express, Diners, JCB, Visa, Mastercard, Maestro, Discover, UnionPay. */
const CARD_START = /^(?:3[4-8]|4|5[0-8]|6[0-9]|2[2-7])/;

function isCard(digits: string): boolean {
  if (digits.length < CARD_DIGITS.least || digits.length > CARD_DIGITS.most) return false;
  if (!CARD_START.test(digits) || /^(\d)\1*$/.test(digits)) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = digits.charCodeAt(digits.length - 1 - at) - 48;
    sum += at % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

const PHONE = /(?<![\w.])(?:\+|00)?\(?\d(?:[ ()./-]{0,2}\d){6,16}(?![\w-]|\.\d)/g;
/** With area code in the form of North America; elsewhere with the trunk prefix 0 and a separator. */
const NATIONAL = [/^(?:1[ .-])?\(?\d{3}\)?[ .-]?[ ]?\d{3}[ .-]\d{4}$/, /^\(?0[1-9]\d{0,4}\)?[ /-]/];
const PHONE_DIGITS = { least: 7, most: 15 };

/** E.164 with its plus or 00, and national forms that are written as one; bare digits are never taken for a telephone. */
function findPhones(text: string): Found[] {
  const found: Found[] = [];
  for (const { index, 0: number } of text.matchAll(PHONE)) {
    const digits = number.replace(/\D/g, '');
    if (digits.length < PHONE_DIGITS.least || digits.length > PHONE_DIGITS.most + 2) continue;
    const international = number.startsWith('+') || (number.startsWith('00') && digits.length >= 10);
    if (!international && !NATIONAL.some((form) => form.test(number))) continue;
    found.push([index, index + number.length]);
  }
  return found;
}
