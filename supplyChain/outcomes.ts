// Pure: from what the three audits print to what `npm run audit` says.

/** A known weakness of a package that the project uses. */
export interface Finding {
  readonly id: string;
  readonly package: string;
  readonly title: string;
}

/** What came of one part of the audit. */
export interface Outcome {
  readonly findings: readonly Finding[];
  /** Why all or some of it could not be asked. Nothing is known to be clean then. */
  readonly notAsked?: string;
  readonly note?: string;
}

const oneLine = (text: string): string =>
  text
    .trim()
    .split(/\s*\n\s*/)
    .at(-1) ?? "";
const refused = (why: string): Outcome => ({ findings: [], notAsked: oneLine(why) || "it said nothing" });

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}

interface NpmReport {
  readonly message?: string;
  readonly vulnerabilities?: Readonly<
    Record<string, { readonly via: readonly (string | { name: string; title: string; url: string })[] }>
  >;
}

/** Of `npm audit --json`. */
export function npmOutcome(stdout: string, stderr: string): Outcome {
  const report = parse<NpmReport>(stdout);
  if (report?.vulnerabilities === undefined) {
    // The address of a registry is this machine's own business.
    return refused((report?.message ?? stderr).replace(/ - \w+ https?:\S+/, ""));
  }
  const advisories = new Map<string, Finding>();
  for (const { via } of Object.values(report.vulnerabilities)) {
    for (const advisory of via) {
      // A text names the package that hands a weakness of its own on.
      if (typeof advisory !== "string") {
        const id = advisory.url.split("/").at(-1) ?? advisory.url;
        advisories.set(`${id} ${advisory.name}`, { id, package: advisory.name, title: advisory.title });
      }
    }
  }
  return { findings: [...advisories.values()] };
}

interface GoMessage {
  readonly config?: object;
  readonly osv?: { readonly id: string; readonly summary?: string };
  readonly finding?: {
    readonly osv: string;
    readonly trace: readonly { readonly module: string; readonly function?: string }[];
  };
}

/** Of `govulncheck -format json`, which prints one object after the other. Only what the program can call counts. */
export function goOutcome(stdout: string, stderr: string, exitCode: number): Outcome {
  if (exitCode !== 0) {
    return refused(stderr);
  }
  const messages = parse<GoMessage[]>(`[${stdout.trim().replace(/^\}\n\{/gm, "},{")}]`);
  if (messages?.[0]?.config === undefined) {
    return refused("govulncheck printed something else than its findings");
  }
  const titles = new Map(messages.flatMap(({ osv }) => (osv ? [[osv.id, osv.summary ?? ""]] : [])));
  const called = new Map<string, Finding>();
  const present = new Set<string>();
  for (const { finding } of messages) {
    const [weak] = finding?.trace ?? [];
    if (finding === undefined || weak === undefined) {
      continue;
    }
    present.add(finding.osv);
    if (weak.function !== undefined) {
      const title = titles.get(finding.osv) ?? "";
      called.set(finding.osv, { id: finding.osv, package: weak.module, title });
    }
  }
  const others = present.size - called.size;
  return {
    findings: [...called.values()],
    ...(others > 0 && { note: `${others} more in code that the program never calls` }),
  };
}

interface PythonReport {
  readonly dependencies: readonly {
    readonly name: string;
    readonly skip_reason?: string;
    readonly vulns?: readonly { readonly id: string; readonly description: string }[];
  }[];
}

/** Of `pip-audit -f json`, which calls it no weakness, and ends well, where it could ask about no package at all. */
export function pythonOutcome(
  runs: readonly { readonly stdout: string; readonly stderr: string }[],
): Outcome {
  const dependencies: PythonReport["dependencies"][number][] = [];
  for (const { stdout, stderr } of runs) {
    const report = parse<PythonReport>(stdout);
    if (report === undefined) {
      return refused(stderr);
    }
    dependencies.push(...report.dependencies);
  }
  const skipped = dependencies.filter(({ skip_reason }) => skip_reason !== undefined);
  const findings = dependencies.flatMap(({ name, vulns = [] }) =>
    vulns.map(({ id, description }) => ({ id, package: name, title: oneLine(description) })),
  );
  const [first] = skipped;
  return {
    findings,
    ...(first && {
      notAsked: `${skipped.length} of ${dependencies.length} packages are unknown there (${first.skip_reason})`,
    }),
  };
}

/** A finding that does not reach the project, until the day when somebody has to look again. */
export interface Explanation {
  readonly id: string;
  readonly package: string;
  readonly until: string;
}

/** The rows of the table below "Explained findings" in docs/supply-chain.md. */
export function readExplanations(markdown: string): Explanation[] {
  const section = markdown.split(/^## /m).find((part) => part.startsWith("Explained findings")) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) => {
    const [, id = "", name = "", why = "", until = ""] = row.split("|").map((cell) => cell.trim());
    if (why === "" || !/^\d{4}-\d{2}-\d{2}$/.test(until)) {
      throw new Error(`docs/supply-chain.md explains nothing, or has no date, in the row: ${row}`);
    }
    return { id: id.replaceAll("`", ""), package: name.replaceAll("`", ""), until };
  });
}

/** What `npm run audit` prints, and how it ends: 0 clean, 1 something found, 2 something not asked. */
export function judge(
  outcomes: Readonly<Record<string, Outcome>>,
  explanations: readonly Explanation[],
  today: string,
): { lines: string[]; exitCode: 0 | 1 | 2 } {
  const explains = (finding: Finding) =>
    explanations.some(
      ({ id, package: name, until }) => id === finding.id && name === finding.package && today <= until,
    );
  const lines: string[] = [];
  let unexplained = 0;
  for (const [part, { findings, notAsked, note }] of Object.entries(outcomes)) {
    const open = findings.filter((finding) => !explains(finding));
    unexplained += open.length;
    const found =
      findings.length === 0
        ? notAsked === undefined && "clean"
        : `${findings.length} found, ${findings.length - open.length} of them explained`;
    const all = [found, notAsked !== undefined && `could not be asked here: ${notAsked}`, note];
    lines.push(`${part}: ${all.filter(Boolean).join("; ")}`);
    lines.push(...open.map(({ id, package: name, title }) => `  ${id} ${name}: ${title}`));
  }
  const notAsked = Object.keys(outcomes).filter((part) => outcomes[part]?.notAsked !== undefined);
  const silent = notAsked.length > 0 ? `Not asked: ${notAsked.join(", ")}. ` : "";
  if (unexplained > 0) {
    lines.push(`${silent}Findings without an explanation in docs/supply-chain.md: ${unexplained}.`);
    return { lines, exitCode: 1 };
  }
  lines.push(
    silent === "" ? "Clean, or explained." : `${silent}So this audit is not complete, and not clean.`,
  );
  return { lines, exitCode: silent === "" ? 0 : 2 };
}
