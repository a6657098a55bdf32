import { useRef, useState, type DragEvent } from "react";

interface DropZoneProps {
  readonly title: string;
  /** As in `<input accept>`. */
  readonly accept: string;
  readonly multiple?: boolean;
  readonly disabled?: boolean;
  readonly onFiles: (files: readonly File[]) => void;
}

/** Files by drop, or by a click and the system's own dialog. */
export function DropZone({ title, accept, multiple = false, disabled = false, onFiles }: DropZoneProps) {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const over = (event: DragEvent) => {
    event.preventDefault();
    setOver(event.type === "dragover" && !disabled);
  };
  const drop = (event: DragEvent) => {
    over(event);
    const files = [...event.dataTransfer.files];
    if (files.length > 0 && !disabled) onFiles(multiple ? files : files.slice(0, 1));
  };
  return (
    <div className={`drop-zone${isOver ? " over" : ""}`} onDragOver={over} onDragLeave={over} onDrop={drop}>
      <button type="button" disabled={disabled} onClick={() => input.current?.click()}>
        {title}
      </button>
      <span className="help">or drop here</span>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={title}
        accept={accept}
        multiple={multiple}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          // The same file may be chosen again after it was mended.
          event.target.value = "";
        }}
      />
    </div>
  );
}
