import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { quote } from "../../annotation/edits";
import type { Span } from "../../annotation/label";
import { rejectSuggestions, type Suggestion } from "../../api/suggestions";
import { CategoryChip } from "../../components/CategoryChip";
import { count } from "../../format";
import type { Hues } from "../../surface/SpanText";
import { originOf } from "./suggested";

interface SuggestionsBoxProps {
  readonly project: string;
  readonly location: string;
  readonly text: string;
  readonly hues: Hues;
  /** Those that no label has taken the place of. */
  readonly suggestions: readonly Suggestion[];
  readonly onAccept: (suggestions: readonly Suggestion[]) => void;
  readonly onReject: (suggestion: Suggestion) => void;
  readonly onGoTo: (span: Span) => void;
  readonly onRejected: () => void;
}

/** Suggestions of the open document, all at once; each alone is accepted with Enter and rejected with X. */
export function SuggestionsBox(props: SuggestionsBoxProps) {
  const { project, location, suggestions, onAccept, onRejected } = props;
  const [isListed, setListed] = useState(false);
  const reject = useMutation({
    mutationFn: () => rejectSuggestions(project, { locations: [location] }),
    onSuccess: onRejected,
  });
  if (suggestions.length === 0) return null;
  return (
    <section className="suggestions" aria-label="Suggestions">
      <p>
        <span>{count(suggestions.length, "suggestion")}, dashed in the text</span>
        <button type="button" aria-expanded={isListed} onClick={() => setListed(!isListed)}>
          {isListed ? "Hide the list" : "List"}
        </button>
        <button type="button" onClick={() => onAccept(suggestions)}>
          Accept all
        </button>
        <button type="button" disabled={reject.isPending} onClick={() => reject.mutate()}>
          Reject all
        </button>
      </p>
      {isListed && <List {...props} />}
    </section>
  );
}

function List({ text, hues, suggestions, onAccept, onReject, onGoTo }: SuggestionsBoxProps) {
  return (
    <ul>
      {suggestions.map((each) => {
        const words = quote(text, each);
        return (
          <li key={`${each.start}-${each.end}`}>
            <button type="button" className="quiet" title="Show it in the text" onClick={() => onGoTo(each)}>
              {words}
            </button>
            <CategoryChip category={each.category} hues={hues} />
            <span className="help">{originOf(each)}</span>
            <button type="button" aria-label={`Accept ${each.category} “${words}”`} onClick={() => onAccept([each])}>
              Accept
            </button>
            <button type="button" aria-label={`Reject ${each.category} “${words}”`} onClick={() => onReject(each)}>
              Reject
            </button>
          </li>
        );
      })}
    </ul>
  );
}
