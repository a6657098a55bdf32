import { useQuery } from "@tanstack/react-query";
import { quote } from "../../annotation/edits";
import type { Label } from "../../annotation/label";
import { getDocument } from "../../api/documents";
import type { Finding } from "../../api/quality";
import { CategoryChip } from "../../components/CategoryChip";
import { Failure } from "../../components/Failure";
import { Waiting } from "../../components/Waiting";
import { hrefTo } from "../../routing";
import { SpanText, type Hues } from "../../surface/SpanText";

interface FindingViewProps {
  readonly project: string;
  readonly finding: Finding;
  readonly hues: Hues;
}

/** Text around a place, in UTF-16 code units. */
const AROUND = 300;

export function FindingView({ project, finding, hues }: FindingViewProps) {
  const { location, label, proposal, reason } = finding;
  const document = useQuery({ queryKey: ["document", project, location], queryFn: () => getDocument(project, location) });
  if (document.error !== null) return <Failure error={document.error} />;
  if (document.data === undefined) return <Waiting what="document" />;
  if (document.data.contentHash !== finding.contentHash) {
    return (
      <p className="banner">
        The text of {location} changed since the labels were checked, so that this place does not fit it any more. Check the
        labels again.
      </p>
    );
  }
  const text = document.data.text ?? "";
  const place = label ?? proposal ?? { start: 0, end: 0 };
  const from = Math.max(0, text.lastIndexOf("\n", Math.max(0, place.start - AROUND)) + 1);
  const to = Math.min(text.length, place.end + AROUND);
  const shown = (each: Label | undefined) => (each === undefined ? [] : [{ ...each, start: each.start - from, end: each.end - from }]);
  return (
    <>
      <p>{reason}</p>
      <p>
        <Side text={text} label={label} hues={hues} /> → <Side text={text} label={proposal} hues={hues} />
      </p>
      <div className="context">
        <SpanText
          text={text.slice(from, to)}
          hues={hues}
          labels={[...shown(label), ...shown(proposal).map((each) => ({ ...each, tone: "suggested" as const }))].sort((a, b) => a.start - b.start)}
        />
      </div>
      <a href={hrefTo(["projects", project, "labeling", location], { at: `${place.start}-${place.end}` })}>Open {location} there</a>
    </>
  );
}

function Side({ text, label, hues }: { text: string; label: Label | undefined; hues: Hues }) {
  if (label === undefined) return <strong>no label</strong>;
  return (
    <>
      “{quote(text, label)}” <CategoryChip category={label.category} hues={hues} />
    </>
  );
}
