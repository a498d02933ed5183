import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "../../common/paths";
import { grantedActions } from "../../components/access/policy";
import { notesOf } from "../../components/access/summary";
import { examineSettings } from "../../components/settings";
import { reports, reportTable } from "./publicReports";

describe("public reports", () => {
  it("are listed in docs/public-reports.md", () => {
    expect(readFileSync(join(root, "docs", "public-reports.md"), "utf8")).to.contain(`\n${reportTable()}\n`);
  });

  for (const { reports: of, access, settings = {}, refused, grants = [], withholds = [], note } of reports) {
    it(`${of.join(", ")}: ${refused === undefined ? "is accepted" : "is refused"}`, () => {
      const { problems } = examineSettings({ access, ...settings });
      if (refused === undefined) {
        expect(problems).to.deep.equal([]);
      } else {
        expect(problems.map(({ rule }) => rule)).to.have.length(1);
        expect(problems[0]?.rule).to.contain(refused);
      }
      const granted = Object.values(grantedActions({ access, versioned: true })).flat();
      expect(granted).to.include.members([...grants]);
      expect(withholds.filter((action) => granted.includes(action))).to.deep.equal([]);
      expect(notesOf(access).join(" ")).to.contain(note ?? "");
    });
  }
});
