import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ask, getQuestion, type Question, type QuestionProgress } from "../../api/quality";
import { cancelOperation, isFinal, type JobState } from "../../api/operations";

const POLL = 1000;

export interface Asked {
  readonly ask: () => void;
  readonly cancel: () => void;
  readonly isRunning: boolean;
  readonly state: JobState<QuestionProgress> | undefined;
  readonly error: Error | null;
}

/** A question to the trainer: asked, watched until it is answered, and found again by the next page of this tab. */
export function useQuestion(project: string, question: Question, onAnswer: () => void): Asked {
  const stored = `nerine.question/${project}/${question}`;
  const [path, setPath] = useState(() => sessionStorage.getItem(stored));
  const asking = useMutation({
    mutationFn: () => ask(project, question),
    onSuccess: (started) => {
      sessionStorage.setItem(stored, started);
      setPath(started);
    },
  });
  const job = useQuery({
    queryKey: ["question", path],
    queryFn: () => getQuestion(path ?? ""),
    enabled: path !== null,
    refetchInterval: ({ state }) => (state.data !== undefined && isFinal(state.data.status) ? false : POLL),
  });
  const cancelling = useMutation({ mutationFn: () => cancelOperation(path ?? ""), onSettled: () => void job.refetch() });
  const status = job.data?.status;
  useEffect(() => {
    if (status === undefined || !isFinal(status)) return;
    sessionStorage.removeItem(stored);
    if (status === "succeeded") onAnswer();
    // Once for each end, whatever the function is by then.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [status, stored]);
  return {
    ask: asking.mutate,
    cancel: cancelling.mutate,
    isRunning: asking.isPending || (path !== null && (status === undefined || !isFinal(status))),
    state: job.data,
    error: asking.error ?? cancelling.error ?? job.error,
  };
}
