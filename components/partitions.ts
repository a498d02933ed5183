/** A part of AWS with its own accounts, names and domain. */
export interface Partition {
  /** The second part of every ARN there. */
  readonly id: string;
  /** What the names of its regions look like. */
  readonly regions: RegExp;
  /** What the names of its hosts end with. */
  readonly domain: string;
}

/** AWS's partitions, as its SDK has them. A test compares them with @aws-sdk/util-endpoints. */
export const partitions: readonly Partition[] = [
  { id: "aws", regions: /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/, domain: "amazonaws.com" },
  { id: "aws-cn", regions: /^cn-\w+-\d+$/, domain: "amazonaws.com.cn" },
  { id: "aws-eusc", regions: /^eusc-(de)-\w+-\d+$/, domain: "amazonaws.eu" },
  { id: "aws-iso", regions: /^us-iso-\w+-\d+$/, domain: "c2s.ic.gov" },
  { id: "aws-iso-b", regions: /^us-isob-\w+-\d+$/, domain: "sc2s.sgov.gov" },
  { id: "aws-iso-e", regions: /^eu-isoe-\w+-\d+$/, domain: "cloud.adc-e.uk" },
  { id: "aws-iso-f", regions: /^us-isof-\w+-\d+$/, domain: "csp.hci.ic.gov" },
  { id: "aws-us-gov", regions: /^us-gov-\w+-\d+$/, domain: "amazonaws.com" },
];

/** The partition that a region is in; undefined for a region that is not known yet. */
export const partitionOf = (region: string): Partition | undefined =>
  partitions.find(({ regions }) => regions.test(region));

/** The domain of a region. An unknown region counts as part of the largest partition, as in the SDK. */
export const domainOf = (region: string): string => partitionOf(region)?.domain ?? "amazonaws.com";
