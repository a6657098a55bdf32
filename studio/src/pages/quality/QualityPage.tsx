import { PageFrame } from "../../components/Page";
import { Tabs } from "../../components/Tabs";
import { hrefTo, navigate } from "../../routing";
import "../../styles/quality.css";
import type { PageProps } from "../pages";
import { Curves } from "./Curves";
import { Findings } from "./Findings";

const TABS = [
  ["errors", "Suspected label errors"],
  ["curve", "Learning curve"],
] as const;

export default function QualityPage({ project, rest }: PageProps) {
  const name = project.projectName;
  const tab = TABS.find(([id]) => id === rest[0])?.[0] ?? "errors";
  return (
    <PageFrame title="Data quality" about="Consistent labels matter more than many: what to mend, and whether more would help.">
      <Tabs tabs={TABS} current={tab} onSelect={(id) => navigate(hrefTo(["projects", name, "quality", id]))}>
        {tab === "errors" ? <Findings project={project} /> : <Curves project={name} />}
      </Tabs>
    </PageFrame>
  );
}
