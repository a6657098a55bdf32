import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { getTrainingLog } from "../../api/training";
import { Failure } from "../../components/Failure";
import { Waiting } from "../../components/Waiting";
import { time } from "../../format";

interface TrainingLogProps {
  readonly project: string;
  readonly jobId: string;
  /** Whether more may come. */
  readonly isLive: boolean;
}

const POLL = 2000;

/** What happened and when, warnings and errors; asked for when somebody opens it. */
export function TrainingLog({ project, jobId, isLive }: TrainingLogProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Log</summary>
      {isOpen && <Lines project={project} jobId={jobId} isLive={isLive} />}
    </details>
  );
}

function Lines({ project, jobId, isLive }: TrainingLogProps) {
  const log = useQuery({
    // The last lines come with the end, so that the end is another question.
    queryKey: ["training-log", project, jobId, isLive],
    queryFn: () => getTrainingLog(project, jobId),
    placeholderData: (before) => before,
    refetchInterval: isLive ? POLL : false,
  });
  if (log.error !== null) return <Failure error={log.error} />;
  if (log.data === undefined) return <Waiting what="log" />;
  return (
    <ol className="log">
      {log.data.map(({ level, code, message, dateTime }, i) => (
        <li key={`${i} ${code}`} className={level}>
          {dateTime === undefined ? <strong>{level}</strong> : <time dateTime={dateTime}>{time(dateTime)}</time>}
          <span>{message}</span>
        </li>
      ))}
    </ol>
  );
}
