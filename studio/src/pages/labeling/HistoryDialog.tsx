import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { quote } from "../../annotation/edits";
import { changesBetween, type Labels } from "../../annotation/label";
import { listVersions, restoreVersion, type LabelsVersion } from "../../api/labels";
import { PagedDialog } from "../../components/PagedDialog";
import { count, dateTime } from "../../format";
import type { OpenDocument } from "./open-session";

interface HistoryDialogProps {
  readonly project: string;
  readonly open: OpenDocument;
  readonly after: () => void;
  readonly onClose: () => void;
}

/** Earlier labels of one document: who replaced them when, what a return to them would change, and the return. */
export function HistoryDialog({ project, open, after, onClose }: HistoryDialogProps) {
  const { location } = open.document;
  const { session, text } = open;
  const versions = useInfiniteQuery({
    queryKey: ["history", project, location],
    queryFn: async ({ pageParam }) => {
      await session.saveNow();
      return listVersions(project, location, pageParam);
    },
    initialPageParam: "",
    getNextPageParam: ({ nextLink }) => nextLink ?? undefined,
    gcTime: 0,
  });
  const restore = useMutation({
    mutationFn: (versionId: string) => restoreVersion(project, location, versionId),
    onSuccess: () => {
      after();
      onClose();
    },
  });
  return (
    <PagedDialog
      title={`Earlier labels of ${location}`}
      pages={versions}
      what="history"
      empty="These are the first labels of this document."
      columns={["Labels", "By", "Until", "Replaced by", "Restoring it"]}
      more="Older versions"
      error={restore.error}
      onClose={onClose}
    >
      {(version) => (
        <tr key={version.versionId}>
          <td>{count(version.labelsCount, "label")}</td>
          <td>{version.modifiedBy}</td>
          <td>{dateTime(version.replacedDateTime)}</td>
          <td>{version.replacedBy}</td>
          <td>{version.restorable ? <Effect version={version} present={session.labels} text={text} /> : "–"}</td>
          <td>
            <button
              type="button"
              disabled={!version.restorable || restore.isPending}
              onClick={() => restore.mutate(version.versionId)}
            >
              {version.restorable ? "Restore" : "Of another text"}
            </button>
          </td>
        </tr>
      )}
    </PagedDialog>
  );
}

interface EffectProps {
  readonly version: LabelsVersion;
  readonly present: Labels;
  readonly text: string;
}

function Effect({ version, present, text }: EffectProps) {
  const { added, removed } = changesBetween(present, version.labels);
  if (added.length + removed.length === 0) return <>changes no label</>;
  return (
    <>
      {added.length > 0 && <div>adds {named(text, added)}</div>}
      {removed.length > 0 && <div>removes {named(text, removed)}</div>}
    </>
  );
}

const NAMED = 5;

function named(text: string, labels: Labels): string {
  const names = labels.slice(0, NAMED).map((label) => `${label.category} “${quote(text, label)}”`);
  return [...names, ...(labels.length > NAMED ? [`${labels.length - NAMED} more`] : [])].join(", ");
}
