import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode, type SyntheticEvent } from "react";
import { Dialog } from "./Dialog";
import { Failure } from "./Failure";
import { Field } from "./Field";

interface ConfirmDialogProps {
  readonly title: string;
  readonly action: string;
  /** Has to be typed before something goes that does not come back. */
  readonly typed?: string;
  readonly run: () => Promise<unknown>;
  readonly onDone: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function ConfirmDialog({ title, action, typed, run, onDone, onClose, children }: ConfirmDialogProps) {
  const [text, setText] = useState("");
  const running = useMutation({
    mutationFn: run,
    onSuccess: () => {
      onDone();
      onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    running.mutate();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        {children}
        {typed !== undefined && (
          <Field title={`Type ${typed} to confirm`}>
            <input value={text} autoComplete="off" onChange={(event) => setText(event.target.value)} />
          </Field>
        )}
        {running.error !== null && <Failure error={running.error} />}
        <p className="buttons">
          <button
            type="submit"
            className={typed === undefined ? "primary" : "danger"}
            disabled={running.isPending || (typed !== undefined && text !== typed)}
          >
            {running.isPending ? "Working…" : action}
          </button>
          <button type="button" disabled={running.isPending} onClick={onClose}>
            Cancel
          </button>
        </p>
      </form>
    </Dialog>
  );
}
