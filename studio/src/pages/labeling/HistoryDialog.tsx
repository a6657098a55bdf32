import { useMutation, useQuery } from "@tanstack/react-query";
import { listVersions, restoreVersion } from "../../api/labels";
import { Dialog } from "../../components/Dialog";
import { Failure } from "../../components/Failure";
import { Waiting } from "../../components/Waiting";
import { count, dateTime } from "../../format";

interface HistoryDialogProps {
  readonly project: string;
  readonly location: string;
  readonly before: () => Promise<void>;
  readonly after: () => void;
  readonly onClose: () => void;
}

/** Earlier labels of one document: who replaced them when, and a way back to them. */
export function HistoryDialog({ project, location, before, after, onClose }: HistoryDialogProps) {
  const versions = useQuery({
    queryKey: ["history", project, location],
    queryFn: async () => {
      await before();
      return listVersions(project, location);
    },
    gcTime: 0,
  });
  const restore = useMutation({
    mutationFn: (versionId: string) => restoreVersion(project, location, versionId),
    onSuccess: () => {
      after();
      onClose();
    },
  });
  const failure = versions.error ?? restore.error;
  return (
    <Dialog title={`Earlier labels of ${location}`} onClose={onClose}>
      {failure !== null && <Failure error={failure} />}
      {versions.data === undefined && failure === null && <Waiting what="history" />}
      {versions.data?.length === 0 && <p>These are the first labels of this document.</p>}
      {versions.data !== undefined && versions.data.length > 0 && (
        <table className="grid">
          <thead>
            <tr>
              <th scope="col">Labels</th>
              <th scope="col">By</th>
              <th scope="col">Until</th>
              <th scope="col">Replaced by</th>
              <th scope="col">
                <span className="hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {versions.data.map(({ versionId, labelsCount, modifiedBy, replacedDateTime, replacedBy, restorable }) => (
              <tr key={versionId}>
                <td>{count(labelsCount, "label")}</td>
                <td>{modifiedBy}</td>
                <td>{dateTime(replacedDateTime)}</td>
                <td>{replacedBy}</td>
                <td>
                  <button type="button" disabled={!restorable || restore.isPending} onClick={() => restore.mutate(versionId)}>
                    {restorable ? "Restore" : "Of another text"}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="buttons">
        <button type="button" onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  );
}
