import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { listChanges, undoChange, type Change } from "../../api/entities";
import { Dialog } from "../../components/Dialog";
import { Failure } from "../../components/Failure";
import { Waiting } from "../../components/Waiting";
import { count, dateTime } from "../../format";
import { sentenceOf } from "./changes";

interface ChangesDialogProps {
  readonly project: string;
  /** Called before labels of open documents change on the service, and after. */
  readonly before: () => Promise<unknown>;
  readonly after: () => void;
  readonly onClose: () => void;
}

/** Everything that was done to many documents at once: who, when, how much, and the way back however long ago. */
export function ChangesDialog({ project, before, after, onClose }: ChangesDialogProps) {
  const changes = useInfiniteQuery({
    queryKey: ["changes", project],
    queryFn: ({ pageParam }) => listChanges(project, pageParam),
    initialPageParam: "",
    getNextPageParam: ({ nextLink }) => nextLink ?? undefined,
    gcTime: 0,
  });
  const undo = useMutation({
    mutationFn: async ({ changeId }: Change) => {
      await before();
      await undoChange(project, changeId);
    },
    onSettled: () => {
      after();
      return changes.refetch();
    },
  });
  const failure = changes.error ?? undo.error;
  const rows = changes.data?.pages.flatMap(({ value }) => value);
  return (
    <Dialog title="Changes to many documents" onClose={onClose}>
      {failure !== null && <Failure error={failure} />}
      {rows === undefined && failure === null && <Waiting what="changes" />}
      {rows?.length === 0 && <p>No entity type was renamed, merged or deleted yet, and nothing was labelled everywhere.</p>}
      {rows !== undefined && rows.length > 0 && (
        <table className="grid">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Touched</th>
              <th scope="col">By</th>
              <th scope="col">When</th>
              <th scope="col">
                <span className="hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((change) => (
              <tr key={change.changeId}>
                <td>{sentenceOf(change)}</td>
                <td>
                  {count(change.labelsCount, "label")} in {count(change.documentsCount, "document")}
                </td>
                <td>{change.createdBy}</td>
                <td>{dateTime(change.createdDateTime)}</td>
                <td>
                  {change.status === "applied" ? (
                    <button type="button" disabled={undo.isPending} onClick={() => undo.mutate(change)}>
                      Undo
                    </button>
                  ) : change.status === "undone" ? (
                    `undone by ${change.undoneBy ?? "somebody"}`
                  ) : (
                    "running"
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="buttons">
        {changes.hasNextPage && (
          <button type="button" disabled={changes.isFetching} onClick={() => void changes.fetchNextPage()}>
            Older changes
          </button>
        )}
        <button type="button" onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  );
}
