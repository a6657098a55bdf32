import { useMutation } from "@tanstack/react-query";
import { rejectSuggestions, type Suggestion } from "../../api/suggestions";
import { count } from "../../format";

interface SuggestionsBoxProps {
  readonly project: string;
  readonly location: string;
  /** Those that no label has taken the place of. */
  readonly suggestions: readonly Suggestion[];
  readonly onAccept: (suggestions: readonly Suggestion[]) => void;
  readonly onRejected: () => void;
}

/** Suggestions of the open document, all at once; each alone is accepted with Enter and rejected with X. */
export function SuggestionsBox({ project, location, suggestions, onAccept, onRejected }: SuggestionsBoxProps) {
  const reject = useMutation({
    mutationFn: () => rejectSuggestions(project, { locations: [location] }),
    onSuccess: onRejected,
  });
  if (suggestions.length === 0) return null;
  return (
    <p className="suggestions">
      <span>{count(suggestions.length, "suggestion")}, dashed in the text</span>
      <button type="button" onClick={() => onAccept(suggestions)}>
        Accept all
      </button>
      <button type="button" disabled={reject.isPending} onClick={() => reject.mutate()}>
        Reject all
      </button>
    </p>
  );
}
