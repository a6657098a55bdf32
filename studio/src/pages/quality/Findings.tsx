import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { isMissing } from "../../api/models";
import { applyFinding, dismissFinding, getLabelCheck, listFindings, type Finding, type FindingKind } from "../../api/quality";
import type { Project } from "../../api/types";
import { Failure } from "../../components/Failure";
import { count, dateTime } from "../../format";
import { hrefTo } from "../../routing";
import { useEntities } from "../../use-entities";
import { Asking } from "./Asking";
import { FindingView } from "./FindingView";
import { useQuestion } from "./use-question";

/** The queue of suspicions: each is settled with one key, and the next one comes up. */
export function Findings({ project }: { readonly project: Project }) {
  const name = project.projectName;
  const queries = useQueryClient();
  const check = useQuery({
    queryKey: ["label-check", name],
    // That nobody has asked yet is an answer, too.
    queryFn: () => getLabelCheck(name).catch((error: unknown) => (isMissing(error) ? null : Promise.reject(error as Error))),
  });
  const findings = useQuery({ queryKey: ["findings", name], queryFn: () => listFindings(name), enabled: check.data != null });
  const refresh = () => {
    void queries.invalidateQueries({ queryKey: ["label-check", name] });
    void queries.invalidateQueries({ queryKey: ["findings", name] });
    void queries.invalidateQueries({ queryKey: ["documents", name] });
  };
  const asked = useQuestion(name, "check-labels", refresh);
  return (
    <>
      <Asking
        asked={asked}
        action="Check the labels"
        about="Models that have not seen a document say what they would label in it; equal texts are compared, too. It takes about as long as a few trainings."
      />
      {check.error !== null && <Failure error={check.error} />}
      {check.data != null && (
        <p className="help">
          Checked {dateTime(check.data.checkedDateTime)}: {count(check.data.labelsCount, "label")} in{" "}
          {count(check.data.documentsCount, "document")}, {count(check.data.findingsCount, "suspicion")}.{" "}
          <a href={hrefTo(["projects", name, "labeling"], { show: "suspected" })}>Documents with likely errors</a>
        </p>
      )}
      {findings.error !== null && <Failure error={findings.error} />}
      {findings.data !== undefined && <Queue project={project} findings={findings.data} onSettled={refresh} />}
    </>
  );
}

interface QueueProps {
  readonly project: Project;
  readonly findings: readonly Finding[];
  readonly onSettled: () => void;
}

const KINDS: Readonly<Record<FindingKind, string>> = {
  "missing label": "missing label",
  "spurious label": "spurious label",
  "wrong category": "wrong type",
  "wrong boundary": "wrong boundary",
};
const KEYS: Readonly<Record<string, "fix" | "keep" | "next" | "previous">> = { f: "fix", k: "keep", n: "next", p: "previous" };

function Queue({ project, findings, onSettled }: QueueProps) {
  const { hues } = useEntities(project);
  const [settled, setSettled] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setChosen] = useState<string | null>(null);
  const open = findings.filter(({ id }) => !settled.has(id));
  const index = Math.max(0, open.findIndex(({ id }) => id === chosen));
  const current = open[index];
  const settle = useMutation({
    // One after the other: two corrections of one document would be each other's conflict.
    scope: { id: `settle ${project.projectName}` },
    mutationFn: ({ finding, how }: { finding: Finding; how: "fix" | "keep" }) =>
      how === "fix" ? applyFinding(project.projectName, finding) : dismissFinding(project.projectName, finding),
    // Nobody waits for the service: the next suspicion is up already, and what fails comes back.
    onMutate: ({ finding }) => setSettled((before) => new Set([...before, finding.id])),
    onSuccess: onSettled,
    onError: (_, { finding }) => {
      setSettled((before) => new Set([...before].filter((id) => id !== finding.id)));
      setChosen(finding.id);
    },
  });

  const act = (what: (typeof KEYS)[string]) => {
    if (current === undefined) return;
    const step = what === "previous" ? -1 : 1;
    setChosen(open[index + step]?.id ?? (what === "next" || what === "previous" ? current.id : null));
    if (what === "fix" || what === "keep") settle.mutate({ finding: current, how: what });
  };

  useEffect(() => {
    const keyDown = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof HTMLElement && event.target.closest("input, select, textarea") !== null;
      const action = KEYS[event.key];
      if (action === undefined || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act(action);
    };
    document.addEventListener("keydown", keyDown);
    return () => document.removeEventListener("keydown", keyDown);
  });

  if (current === undefined) return <p className="empty">No suspicion is left: every label was looked at or mended.</p>;
  return (
    <div className="two-panes">
      <ul className="pick-list">
        {open.map((finding) => (
          <li key={finding.id}>
            <button type="button" aria-pressed={finding === current} onClick={() => setChosen(finding.id)}>
              <span>{KINDS[finding.kind]}</span>
              <span className="help">
                {finding.location}, {Math.round(100 * finding.score)} % sure
              </span>
            </button>
          </li>
        ))}
      </ul>
      <section aria-label="Suspicion" aria-live="polite">
        <FindingView key={current.id} project={project.projectName} finding={current} hues={hues} />
        <p className="buttons">
          <button type="button" className="primary" onClick={() => act("fix")}>
            Fix it <kbd>F</kbd>
          </button>
          <button type="button" onClick={() => act("keep")}>
            The label is right <kbd>K</kbd>
          </button>
          <button type="button" className="quiet" onClick={() => act("previous")}>
            Previous <kbd>P</kbd>
          </button>
          <button type="button" className="quiet" onClick={() => act("next")}>
            Next <kbd>N</kbd>
          </button>
        </p>
        {settle.error !== null && <Failure error={settle.error} />}
      </section>
    </div>
  );
}
