import { isIP } from "node:net";
import { type Check, checkAfter, type Finding } from "../check";
import { readList } from "../reading";

/**
 * Ranges that S3 never sees as a request's source: private addresses, which NAT replaces, and reserved ranges. From
 * IANA's special-purpose address registries (RFC 6890) and, for multicast and what is deprecated, the RFCs themselves.
 */
const neverSeen: readonly (readonly [range: string, what: string, rfc: number])[] = [
  ["0.0.0.0/8", "this network", 791],
  ["10.0.0.0/8", "a private network", 1918],
  ["100.64.0.0/10", "a carrier's NAT", 6598],
  ["127.0.0.0/8", "loopback", 1122],
  ["169.254.0.0/16", "link-local", 3927],
  ["172.16.0.0/12", "a private network", 1918],
  ["192.0.0.0/24", "protocol assignments", 6890],
  ["192.0.2.0/24", "documentation", 5737],
  ["192.168.0.0/16", "a private network", 1918],
  ["198.18.0.0/15", "benchmarks", 2544],
  ["198.51.100.0/24", "documentation", 5737],
  ["203.0.113.0/24", "documentation", 5737],
  ["224.0.0.0/4", "multicast", 5771],
  ["240.0.0.0/4", "reserved", 1112],
  ["::/96", "unspecified, loopback and IPv4-compatible", 4291],
  ["::ffff:0:0/96", "IPv4-mapped: write it as IPv4", 4291],
  ["64:ff9b::/96", "IPv4 through a translator: write it as IPv4", 6052],
  ["64:ff9b:1::/48", "IPv4 through a local translator", 8215],
  ["100::/64", "discarded", 6666],
  ["100:0:0:1::/64", "a dummy prefix", 9780],
  ["2001::/23", "protocol assignments", 2928],
  ["2001:db8::/32", "documentation", 3849],
  ["3fff::/20", "documentation", 9637],
  ["5f00::/16", "segment identifiers", 9602],
  ["fc00::/7", "a private network", 4193],
  ["fe80::/10", "link-local", 4291],
  ["fec0::/10", "a private network", 3879],
  ["ff00::/8", "multicast", 4291],
];

/** Every address that can be assigned: for IPv6, the global unicast range (RFC 3513). */
const whole = { 4: ["0.0.0.0/0"], 6: ["2000::/3"] } as const;

/** From its first address to its last. */
interface Interval {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** An address as a number. */
function numberOf(address: string, family: 4 | 6): bigint {
  const join = (parts: readonly string[], bits: bigint) =>
    parts.reduce((sum, part) => (sum << bits) + BigInt(part), 0n);
  if (family === 4) {
    return join(address.split("."), 8n);
  }
  // In the shortest form, and without dots, as a URL has it.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":").map((group) => `0x${group}`));
  const left = groups(head);
  const right = groups(tail ?? "");
  return join([...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right], 16n);
}

/** The interval of a range in valid notation. */
function intervalOf(range: string): Interval {
  const [address = "", length] = range.split("/");
  const family = isIP(address) === 4 ? 4 : 6;
  const free = BigInt((family === 4 ? 32 : 128) - Number(length));
  const first = (numberOf(address, family) >> free) << free;
  return { family, first, last: first + (1n << free) - 1n };
}

const isWithin = (inner: Interval, outer: Interval) =>
  inner.family === outer.family && inner.first >= outer.first && inner.last <= outer.last;

const neverSeenIntervals = neverSeen.map(([range]) => intervalOf(range));

function findInRange(range: unknown): Finding[] {
  const [address = "", length, ...more] = typeof range === "string" ? range.split("/") : [];
  const family = isIP(address);
  const bits = family === 4 ? 32 : 128;
  if (
    family === 0 ||
    address.includes("%") || // a zone, which is a network card of one machine
    length === undefined ||
    more.length > 0 ||
    !/^(0|[1-9]\d*)$/.test(length) ||
    Number(length) > bits
  ) {
    return [
      {
        rule: "must be a CIDR block: an address, a slash and the number of fixed bits",
        fix: `for example "${family === 0 ? "3.5.140.0/22 or 2600:1f00::/24" : `${address.replace(/%.*/, "")}/${bits}`}"`,
        value: range,
      },
    ];
  }
  if (Number(length) === 0) {
    return [{ rule: "must not be the whole internet", fix: "remove the setting", value: range }];
  }
  const interval = intervalOf(`${address}/${length}`);
  const index = neverSeenIntervals.findIndex((special) => isWithin(interval, special));
  const [special, what, rfc] = neverSeen[index] ?? [];
  return special === undefined
    ? []
    : [
        {
          rule: `S3 never sees addresses in ${special} (${what}, RFC ${rfc}), so the key would not work from anywhere`,
          fix: "use the public address of your network or its NAT (curl https://checkip.amazonaws.com shows it); for a VPC endpoint remove the setting, and set a permissionsBoundary with a condition on aws:SourceVpce",
          value: range,
        },
      ];
}

/** As IAM reads it: an address without a prefix length is a single address. An IPv4 netmask is accepted too. */
function readRange(entry: unknown): unknown {
  if (typeof entry !== "string") {
    return entry;
  }
  const [address = "", length, ...more] = entry.split("/");
  const family = isIP(address);
  if (family === 0 || address.includes("%") || more.length > 0) {
    return entry;
  }
  if (length === undefined) {
    return `${address}/${family === 4 ? 32 : 128}`;
  }
  const mask = family === 4 && isIP(length) === 4 ? numberOf(length, 4).toString(2).padStart(32, "0") : "";
  const [, ones] = /^(1+)0*$/.exec(mask) ?? [];
  return `${address}/${ones?.length ?? length.replace(/^0+(?=\d)/, "")}`;
}

/** At least one address block, IPv4 or IPv6. */
export const checkIpRanges: Check = checkAfter(
  (value) => readList(value, readRange),
  (value) => {
    if (!Array.isArray(value) || value.length === 0) {
      return [
        {
          rule: "must be a list of at least one IP range",
          fix: 'for example ["3.5.140.0/22"], or remove it',
        },
      ];
    }
    return value.flatMap(findInRange);
  },
);

/** The address families that these valid ranges cover completely. */
export function wholeFamilies(ranges: readonly string[]): string[] {
  const intervals = [...ranges.map(intervalOf), ...neverSeenIntervals].sort((a, b) =>
    a.first < b.first ? -1 : 1,
  );
  return ([4, 6] as const)
    .filter((family) => ranges.some((range) => intervalOf(range).family === family))
    .filter((family) =>
      whole[family].map(intervalOf).every(({ first, last }) => {
        let next = first;
        for (const interval of intervals.filter((one) => one.family === family)) {
          if (interval.first <= next && interval.last >= next) {
            next = interval.last + 1n;
          }
        }
        return next > last;
      }),
    )
    .map((family) => `IPv${family}`);
}
