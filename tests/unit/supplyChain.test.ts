import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "../../common/paths";
import { goComponents, merge, pythonComponents } from "../../supplyChain/components";
import { goOutcome, judge, npmOutcome, pythonOutcome, readExplanations } from "../../supplyChain/outcomes";
import { pythonPackages, pythonRequirements } from "../../supplyChain/packages";

const json = (file: string) => JSON.parse(readFileSync(join(root, file), "utf8"));

describe("installs", () => {
  const { scripts, allowScripts } = json("package.json");

  it("need no install script: those that packages have are refused, each by its name", () => {
    const packages: Record<string, { hasInstallScript?: boolean }> = json("package-lock.json").packages;
    const withScript = Object.entries(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.split("node_modules/").at(-1) ?? path);
    const refused = [...new Set(withScript)].sort().map((name) => [name, false]);
    expect(allowScripts).to.deep.equal(Object.fromEntries(refused));
  });

  it("run no script of the project", () => {
    const lifecycle = /^(pre|post)?(install|prepare|uninstall|pack|publish|version|dependencies)(Only)?$/;
    expect(Object.keys(scripts).filter((name) => lifecycle.test(name))).to.deep.equal([]);
  });
});

describe("npm run audit", () => {
  const explained = [{ id: "GHSA-1", package: "p", until: "2027-01-31" }];
  const finding = { id: "GHSA-1", package: "p", title: "Bad" };

  it("reads npm's findings, each once", () => {
    const advisory = { source: 1, name: "p", title: "Bad", url: "https://github.com/advisories/GHSA-1" };
    const report = { vulnerabilities: { p: { via: [advisory] }, q: { via: ["p"] }, r: { via: [advisory] } } };
    expect(npmOutcome(JSON.stringify(report), "")).to.deep.equal({ findings: [finding] });
    expect(npmOutcome('{"auditReportVersion":2,"vulnerabilities":{}}', "")).to.deep.equal({ findings: [] });
  });

  it("sees that npm was not answered, and keeps the registry's address to itself", () => {
    const message = "405 Method Not Allowed - POST https://npm.example/-/npm/v1/security/advisories/bulk";
    const stdout = JSON.stringify({ message, statusCode: 405, error: { summary: "", detail: "" } });
    const outcome = { findings: [], notAsked: "405 Method Not Allowed" };
    expect(npmOutcome(stdout, "")).to.deep.equal(outcome);
    expect(npmOutcome("", "npm: not found\n")).to.deep.equal({ findings: [], notAsked: "npm: not found" });
  });

  it("reads govulncheck's findings: what the program calls, and how many more there are", () => {
    const weak = { module: "golang.org/x/net", version: "v0.7.0" };
    const messages = [
      { config: { scanner_name: "govulncheck" } },
      { osv: { id: "GO-1", summary: "Bad" } },
      { osv: { id: "GO-2", summary: "Worse" } },
      { finding: { osv: "GO-1", trace: [weak] } },
      { finding: { osv: "GO-1", trace: [{ ...weak, package: "golang.org/x/net/http2" }] } },
      {
        finding: {
          osv: "GO-1",
          trace: [
            { ...weak, function: "Error" },
            { module: "m", function: "main" },
          ],
        },
      },
      { finding: { osv: "GO-2", trace: [{ ...weak, package: "golang.org/x/net/html" }] } },
    ];
    const stdout = messages.map((message) => JSON.stringify(message, undefined, 2)).join("\n");
    expect(goOutcome(stdout, "", 0)).to.deep.equal({
      findings: [{ id: "GO-1", package: "golang.org/x/net", title: "Bad" }],
      note: "1 more in code that the program never calls",
    });
    expect(goOutcome(JSON.stringify(messages[0]), "", 0)).to.deep.equal({ findings: [] });
    const stderr = "some\ngovulncheck: fetching vulnerabilities: no such host\n";
    const notAsked = "govulncheck: fetching vulnerabilities: no such host";
    expect(goOutcome("", stderr, 1)).to.deep.equal({ findings: [], notAsked });
    // As with a program that ends well and says nothing.
    expect(goOutcome("", "", 0).notAsked).to.equal("govulncheck printed something else than its findings");
  });

  it("reads pip-audit's findings, and does not take a package that nobody knows for a clean one", () => {
    const vulns = [{ id: "PYSEC-1", fix_versions: [], aliases: [], description: "Bad" }];
    const skip_reason = "Dependency not found on PyPI and could not be audited: h2 (4.4.1)";
    const run = (...dependencies: object[]) => ({
      stdout: JSON.stringify({ dependencies, fixes: [] }),
      stderr: "",
    });
    const weak = { name: "h11", version: "0.16.0", vulns };
    const findings = [{ id: "PYSEC-1", package: "h11", title: "Bad" }];
    expect(pythonOutcome([run(weak), run({ ...weak, name: "h2", vulns: [] })])).to.deep.equal({ findings });
    expect(pythonOutcome([run(weak), run({ name: "h2", skip_reason })])).to.deep.equal({
      findings,
      notAsked: `1 of 2 packages are unknown there (${skip_reason})`,
    });
    expect(pythonOutcome([run(weak), { stdout: "", stderr: "no network\n" }])).to.deep.equal({
      findings: [],
      notAsked: "no network",
    });
  });

  it("reads what the document explains, and takes no row without a reason and a date", () => {
    const table = (row: string) =>
      `# T\n\n## Explained findings\n\n| ID | P | Why | Look |\n| - | - | - | - |\n${row}\n\n## Next\n\n| x |\n`;
    const row = "| `GHSA-1` | `p` | We never parse what it parses. | 2027-01-31 |";
    expect(readExplanations(table(row))).to.deep.equal(explained);
    for (const wrong of ["| GHSA-1 | p | | 2027-01-31 |", "| GHSA-1 | p | Never called. | soon |"]) {
      expect(() => readExplanations(table(wrong))).to.throw("explains nothing, or has no date");
    }
    const ours = readFileSync(join(root, "docs", "supply-chain.md"), "utf8");
    expect(ours).to.contain("\n## Explained findings\n");
    expect(readExplanations(ours)).to.be.an("array");
  });

  it("is clean only where everything was asked", () => {
    const clean = { findings: [] };
    const silent = { findings: [], notAsked: "no such host" };
    const found = { findings: [finding] };
    const other = { findings: [finding, { ...finding, id: "GHSA-2", title: "Worse" }] };
    const day = "2026-11-24";
    expect(judge({ npm: clean, Go: { ...clean, note: "1 more" } }, [], day)).to.deep.equal({
      lines: ["npm: clean", "Go: clean; 1 more", "Clean, or explained."],
      exitCode: 0,
    });
    expect(judge({ npm: found }, explained, "2027-01-31")).to.deep.equal({
      lines: ["npm: 1 found, 1 of them explained", "Clean, or explained."],
      exitCode: 0,
    });
    expect(judge({ npm: found, Go: silent }, explained, day)).to.deep.equal({
      lines: [
        "npm: 1 found, 1 of them explained",
        "Go: could not be asked here: no such host",
        "Not asked: Go. So this audit is not complete, and not clean.",
      ],
      exitCode: 2,
    });
    expect(judge({ npm: other, Go: silent }, explained, day)).to.deep.equal({
      lines: [
        "npm: 2 found, 1 of them explained",
        "  GHSA-2 p: Worse",
        "Go: could not be asked here: no such host",
        "Not asked: Go. Findings without an explanation in docs/supply-chain.md: 1.",
      ],
      exitCode: 1,
    });
    expect(judge({ npm: found }, explained, "2027-02-01").exitCode, "after its day").to.equal(1);
    expect(
      judge({ npm: found }, [{ ...explained[0], id: "GHSA-1", package: "q", until: "2027-01-31" }], day)
        .exitCode,
    ).to.equal(1);
  });
});

describe("npm run sbom", () => {
  it("reads each package of a requirements.txt, with its hashes", () => {
    for (const file of Object.values(pythonRequirements)) {
      const text = readFileSync(file, "utf8");
      const packages = pythonPackages(file);
      expect(packages.length).to.equal(text.match(/^\S+==/gm)?.length);
      expect(packages.flatMap(({ sha256 }) => sha256).length).to.equal(text.match(/--hash=/g)?.length);
      for (const { name, sha256 } of packages) {
        expect(sha256, name).to.not.deep.equal([]);
      }
    }
  });

  it("adds what runs on this machine only, each once, and tells it apart from what runs with the program", () => {
    const npm = (name: string, properties: { name: string; value: string }[]) =>
      ({
        "bom-ref": name,
        type: "library",
        name,
        version: "1",
        purl: `pkg:npm/${name}@1`,
        scope: "required",
        properties,
      }) as const;
    const development = [{ name: "cdx:npm:package:development", value: "true" }];
    const document = {
      metadata: { component: { name: "folder", purl: "pkg:npm/s3-backup-target@0.1.0" } },
      components: [npm("a", []), npm("b", development)],
    };
    const module = "github.com/Masterminds/semver v1.5.0+incompatible";
    const merged = merge(document, [
      ...goComponents("CLI", `${module}\n\n${module}\n`),
      ...goComponents("host", module),
      ...pythonComponents("AWS", [{ name: "Py_YAML", version: "6.0.3", sha256: ["ab"] }]),
    ]);
    const semver = "pkg:golang/github.com/masterminds/semver@v1.5.0%2Bincompatible";
    const yaml = "pkg:pypi/py-yaml@6.0.3";
    const part = (value: string) => ({ name: "s3-backup-target:part", value });
    expect(merged).to.deep.equal({
      metadata: { component: { name: "s3-backup-target", purl: "pkg:npm/s3-backup-target@0.1.0" } },
      components: [
        npm("a", []),
        { ...npm("b", development), scope: "excluded" },
        {
          "bom-ref": semver,
          type: "library",
          name: "github.com/Masterminds/semver",
          version: "v1.5.0+incompatible",
          purl: semver,
          scope: "excluded",
          properties: [part("CLI"), part("host")],
        },
        {
          "bom-ref": yaml,
          type: "library",
          name: "Py_YAML",
          version: "6.0.3",
          purl: yaml,
          scope: "excluded",
          hashes: [{ alg: "SHA-256", content: "ab" }],
          properties: [part("AWS")],
        },
      ],
    });
  });
});
