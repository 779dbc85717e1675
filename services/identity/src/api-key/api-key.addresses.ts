import { BlockList, isIP } from 'node:net';

/** Whether this is an address or a network in CIDR notation, such as 203.0.113.7 or 2001:db8::/32. */
export function isNetwork(text: string): boolean {
  const [, address = '', bits = '0'] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  return isIP(address) > 0 && Number(bits) <= (isIP(address) === 4 ? 32 : 128);
}

/** Whether an address lies within these, or none are named. An IPv4 address that is written as IPv6 is what it is. */
export function within(networks: readonly string[], address: string): boolean {
  if (networks.length === 0) return true;
  const plain = address.replace(/%.*$/, '');
  return isIP(plain) > 0 && listOf(networks).check(plain, familyOf(plain));
}

function listOf(texts: readonly string[]): BlockList {
  const networks = new BlockList();
  for (const text of texts) {
    const [address = '', bits] = text.split('/');
    if (bits === undefined) networks.addAddress(address, familyOf(address));
    else networks.addSubnet(address, Number(bits), familyOf(address));
  }
  return networks;
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');
