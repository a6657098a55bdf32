import { useId, useRef, type KeyboardEvent, type ReactNode } from "react";

interface TabsProps<Id extends string> {
  readonly tabs: readonly (readonly [id: Id, title: string])[];
  readonly current: Id;
  readonly onSelect: (id: Id) => void;
  readonly children: ReactNode;
}

/** Tabs as screen readers know them: one tab stop, arrow keys between. */
export function Tabs<Id extends string>({ tabs, current, onSelect, children }: TabsProps<Id>) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const keyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const index = tabs.findIndex(([each]) => each === current);
    const next = tabs[(index + step + tabs.length) % tabs.length]?.[0];
    if (next === undefined) return;
    onSelect(next);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next}"]`)?.focus();
  };
  return (
    <>
      <div role="tablist" ref={list} className="tabs" onKeyDown={keyDown}>
        {tabs.map(([each, title]) => (
          <button
            key={each}
            type="button"
            role="tab"
            id={`${id}-${each}`}
            data-tab={each}
            data-title={title}
            aria-selected={each === current}
            aria-controls={`${id}-panel`}
            tabIndex={each === current ? 0 : -1}
            onClick={() => onSelect(each)}
          >
            {title}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${current}`} tabIndex={0} className="tab-panel">
        {children}
      </div>
    </>
  );
}
