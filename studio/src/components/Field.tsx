import { useId, type ReactElement, cloneElement } from "react";

interface FieldProps {
  readonly title: string;
  readonly help?: string;
  /** The control; gets its id and its description from here. */
  readonly children: ReactElement<{ id?: string; "aria-describedby"?: string | undefined }>;
}

/** A control under its name, with a line of help where it needs one. */
export function Field({ title, help, children }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{title}</label>
      {cloneElement(children, { id, "aria-describedby": help === undefined ? undefined : `${id}-help` })}
      {help !== undefined && (
        <p id={`${id}-help`} className="help">
          {help}
        </p>
      )}
    </div>
  );
}
