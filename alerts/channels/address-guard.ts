import { BlockList, isIP } from 'node:net';

/**
 * Addresses that no webhook may reach unless its document says so: this host, private networks, link-local (cloud
 * metadata lives there), and every range the IANA special-purpose registries call not globally reachable. IPv6 forms
 * that carry an IPv4 address inside (NAT64, 6to4, Teredo) are refused whole; the mapped form is judged by what it maps.
 */
const REFUSED_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;
const REFUSED_IPV6 = [
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
] as const;

const refused = new BlockList();
const add = (ranges: readonly string[], family: 'ipv4' | 'ipv6'): void => {
  for (const range of ranges) {
    const [network = '', bits = ''] = range.split('/');
    refused.addSubnet(network, Number(bits), family);
  }
};
add(REFUSED_IPV4, 'ipv4');
add(REFUSED_IPV6, 'ipv6');

export type AddressVerdict =
  | { readonly kind: 'public' }
  | { readonly kind: 'refused'; readonly reason: 'private_network' | 'not_an_address' };

/** `address` without brackets or zone. */
export function judgeAddress(address: string): AddressVerdict {
  const family = isIP(address);
  if (family === 0) return { kind: 'refused', reason: 'not_an_address' };
  const isRefused = refused.check(address, family === 6 ? 'ipv6' : 'ipv4');
  return isRefused ? { kind: 'refused', reason: 'private_network' } : { kind: 'public' };
}
