import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { listChanges, undoChange, type Change } from "../../api/entities";
import { PagedDialog } from "../../components/PagedDialog";
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
  return (
    <PagedDialog
      title="Changes to many documents"
      pages={changes}
      what="changes"
      empty="No entity type was renamed, merged or deleted yet, and nothing was labelled everywhere."
      columns={["What", "Touched", "By", "When"]}
      more="Older changes"
      error={undo.error}
      onClose={onClose}
    >
      {(change) => (
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
      )}
    </PagedDialog>
  );
}
