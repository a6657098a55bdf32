import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import type { Entity } from "../../api/entities";
import { keysOf } from "../../categories";
import { CategoryChip } from "../../components/CategoryChip";
import type { Hues } from "../../surface/SpanText";

interface CategoryMenuProps {
  readonly entities: readonly Entity[];
  readonly hues: Hues;
  /** Where the selection ends on the screen; the menu opens below it, or above where there is no room. */
  readonly at: DOMRect;
  /** Whether typing filters at once; else digits keep labelling and the menu waits for the mouse. */
  readonly takesFocus: boolean;
  readonly canRemove: boolean;
  readonly onPick: (category: string) => void;
  readonly onRemove: () => void;
  /** Opens the same text in all documents. */
  readonly onEverywhere: (() => void) | undefined;
  readonly onClose: () => void;
}

/** All entity types, to be picked by mouse or by typing part of a name. */
export function CategoryMenu(props: CategoryMenuProps) {
  const { entities, hues, at, takesFocus, canRemove, onPick, onRemove, onEverywhere, onClose } = props;
  const [filter, setFilter] = useState("");
  const [active, setActive] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const id = useId();
  const keys = keysOf(entities);
  const shown = entities.filter(({ category }) => category.toLowerCase().includes(filter.trim().toLowerCase()));

  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active]);

  const keyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setActive(Math.max(0, Math.min(shown.length - 1, active + step)));
    else if (event.key === "Enter") {
      const chosen = shown[active];
      if (chosen !== undefined) onPick(chosen.category);
    } else if (event.key === "Escape") onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="category-menu" style={place(at)} onPointerDown={(event) => event.stopPropagation()}>
      <input
        role="combobox"
        aria-label="Entity type"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={shown.length > 0 ? `${id}-${active}` : undefined}
        placeholder={takesFocus ? "Type part of a name" : "L: find a type"}
        autoFocus={takesFocus}
        value={filter}
        onKeyDown={keyDown}
        onChange={(event) => {
          setFilter(event.target.value);
          setActive(0);
        }}
      />
      <ul id={id} ref={list} role="listbox" aria-label="Entity types">
        {shown.map(({ category }, row) => (
          <li
            key={category}
            id={`${id}-${row}`}
            role="option"
            aria-selected={row === active}
            onClick={() => onPick(category)}
            onPointerEnter={() => setActive(row)}
          >
            <CategoryChip category={category} hues={hues} />
            {keys.has(category) && <kbd>{keys.get(category)}</kbd>}
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p className="help">No entity type has “{filter}” in its name.</p>}
      {canRemove && (
        <button type="button" className="quiet" onClick={onRemove}>
          Remove label <kbd>Del</kbd>
        </button>
      )}
      {onEverywhere !== undefined && (
        <button type="button" className="quiet" onClick={onEverywhere}>
          Label this text in all documents…
        </button>
      )}
    </div>
  );
}

const HEIGHT = 300;
const WIDTH = 260;

function place(at: DOMRect) {
  const left = Math.max(8, Math.min(at.right - 20, window.innerWidth - WIDTH - 8));
  return at.bottom + HEIGHT < window.innerHeight
    ? { left, top: at.bottom + 6 }
    : { left, bottom: window.innerHeight - at.top + 6 };
}
