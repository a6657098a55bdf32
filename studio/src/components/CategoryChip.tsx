import type { CSSProperties } from "react";
import type { Hues } from "../surface/SpanText";

/** A category's name beside its colour. */
export function CategoryChip({ category, hues }: { readonly category: string; readonly hues: Hues }) {
  return (
    <span className="chip" style={{ "--hue": hues.get(category) ?? 0 } as CSSProperties}>
      {category}
    </span>
  );
}
