import { useInfiniteQuery } from "@tanstack/react-query";
import { listErrors, type ErrorKind, type EvaluationError, type Model, type PredictedLabel } from "../../api/models";
import type { Project } from "../../api/types";
import { CategoryChip } from "../../components/CategoryChip";
import { Failure } from "../../components/Failure";
import { Waiting } from "../../components/Waiting";
import { percent } from "../../format";
import { hrefTo, navigate } from "../../routing";
import { SpanText, type Hues } from "../../surface/SpanText";
import { useEntities } from "../../use-entities";
import { CategorySelect } from "./CategorySelect";

const KINDS: Readonly<Record<ErrorKind, string>> = {
  missed: "missed",
  spurious: "spurious",
  incorrect: "wrong type",
  partial: "wrong boundary",
  both: "wrong type and boundary",
};

interface ErrorsProps {
  readonly project: Project;
  readonly model: Model;
  /** `kind`, `category` and `location` choose among the errors. */
  readonly query: URLSearchParams;
}

/** Every error with the text around it, and how probable the model found the label: what it was only just beaten on. */
export function Errors({ project, model, query }: ErrorsProps) {
  const name = project.projectName;
  const { hues } = useEntities(project);
  const [kind, category, location] = ["kind", "category", "location"].map((key) => query.get(key) ?? undefined);
  const errors = useInfiniteQuery({
    queryKey: ["errors", name, model.modelId, kind, category, location],
    queryFn: ({ pageParam }) => listErrors(name, model.label, { kind, category, location }, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
  });
  const choose = (changes: Readonly<Record<string, string>>) => {
    const chosen = Object.entries({ kind, category, location, ...changes }).filter((entry): entry is [string, string] => !!entry[1]);
    navigate(hrefTo(["projects", name, "models", model.label, "errors"], Object.fromEntries(chosen)), { replace: true });
  };
  const found = errors.data?.pages.flatMap((page) => page.errors);
  return (
    <>
      <div className="filters">
        <label>
          Kind{" "}
          <select value={kind ?? ""} onChange={(event) => choose({ kind: event.target.value })}>
            <option value="">all</option>
            {Object.entries(KINDS).map(([each, title]) => (
              <option key={each} value={each}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <CategorySelect
          categories={project.categories.map((each) => each.category)}
          value={category ?? ""}
          onSelect={(chosen) => choose({ category: chosen })}
        />
        {location !== undefined && (
          <button type="button" onClick={() => choose({ location: "" })}>
            Of all documents, not only {location}
          </button>
        )}
      </div>
      {errors.error !== null && <Failure error={errors.error} retry={() => void errors.refetch()} />}
      {errors.isPending && <Waiting what="errors" />}
      {found?.length === 0 && <p className="empty">No such error in the test documents.</p>}
      {found !== undefined && found.length > 0 && (
        <div className="wide">
          <table className="grid errors">
            <thead>
              <tr>
                {["Error", "Text", "Label", "Found", "Document"].map((title) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {found.map((error, i) => (
                <ErrorRow key={i} project={name} hues={hues} error={error} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {errors.hasNextPage && (
        <button type="button" disabled={errors.isFetchingNextPage} onClick={() => void errors.fetchNextPage()}>
          More errors
        </button>
      )}
    </>
  );
}

function ErrorRow({ project, hues, error }: { readonly project: string; readonly hues: Hues; readonly error: EvaluationError }) {
  const { kind, location, context, contextOffset, expected, predicted } = error;
  const place = expected ?? predicted;
  const marks = place === undefined ? [] : [inContext(place, contextOffset)];
  const at = place === undefined ? {} : { at: `${place.offset}-${place.offset + place.length}` };
  return (
    <tr>
      <td>{KINDS[kind]}</td>
      <td className="context">
        <SpanText text={context} hues={hues} labels={marks} />
      </td>
      <td>{expected !== undefined && <Side hues={hues} label={expected} title="the model gave it" />}</td>
      <td>{predicted !== undefined && <Side hues={hues} label={predicted} title="confidence" />}</td>
      <td>
        <a href={hrefTo(["projects", project, "labeling", location], at)}>{location}</a>
      </td>
    </tr>
  );
}

function Side({ hues, label, title }: { readonly hues: Hues; readonly label: PredictedLabel; readonly title: string }) {
  return (
    <>
      <CategoryChip category={label.category} hues={hues} />
      {label.confidenceScore !== undefined && (
        <span className="help">
          {" "}
          {title} {percent(label.confidenceScore)}
        </span>
      )}
    </>
  );
}

function inContext({ category, offset, length }: PredictedLabel, contextOffset: number) {
  return { category, start: offset - contextOffset, end: offset - contextOffset + length };
}
