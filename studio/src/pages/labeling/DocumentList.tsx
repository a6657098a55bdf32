import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type MouseEvent } from "react";
import type { Entity } from "../../api/entities";
import { getStatistics } from "../../api/statistics";
import type { Document } from "../../api/types";
import { Failure } from "../../components/Failure";
import { count } from "../../format";
import { hrefTo } from "../../routing";
import { BulkActions, type Bulk } from "./BulkActions";
import { chosenOf, NOTHING_CHOSEN, toggle } from "./choice";
import { Upload } from "./Upload";
import { showCategory, SHOWN, type DocumentListState } from "./use-document-list";

interface DocumentListProps {
  readonly project: string;
  readonly entities: readonly Entity[];
  readonly list: DocumentListState;
  readonly current: string | undefined;
  readonly onUploaded: () => void;
  readonly beforeBulk: () => Promise<unknown>;
  readonly afterBulk: (done: readonly string[], what: Bulk) => void;
}

export function DocumentList({ project, entities, list, current, onUploaded, beforeBulk, afterBulk }: DocumentListProps) {
  const { documents, filter, setFilter, hasMore, isLoading, searchedParts, stopSearch, error, loadMore } = list;
  const [search, setSearch] = useState(filter.search);
  const items = useRef<HTMLUListElement>(null);
  const chooseAll = useRef<HTMLInputElement>(null);
  const [choice, setChoice] = useState(NOTHING_CHOSEN);
  const shown = documents.map(({ location }) => location);
  const chosen = new Set(chosenOf(choice, shown));
  const areAllChosen = chosen.size > 0 && chosen.size === shown.length;

  useEffect(() => {
    const waiting = setTimeout(() => {
      if (search !== filter.search) setFilter({ ...filter, search });
    }, 300);
    return () => clearTimeout(waiting);
  }, [search, filter, setFilter]);
  useEffect(() => {
    items.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [current]);

  useEffect(() => {
    if (chooseAll.current !== null) chooseAll.current.indeterminate = chosen.size > 0 && !areAllChosen;
  });

  return (
    <section className="document-list" aria-label="Documents">
      <Progress project={project} />
      <select aria-label="Show" value={filter.show} onChange={(event) => setFilter({ ...filter, show: event.target.value })}>
        {SHOWN.map(([value, title]) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
        <optgroup label="With the entity type">
          {entities.map(({ category }) => (
            <option key={category} value={showCategory(category)}>
              {category}
            </option>
          ))}
        </optgroup>
      </select>
      <input
        type="search"
        aria-label="Search names and texts"
        placeholder="Search names and texts"
        value={search}
        maxLength={500}
        onChange={(event) => setSearch(event.target.value)}
      />
      <Upload project={project} onUploaded={onUploaded} />
      {error !== null && <Failure error={error} />}
      {documents.length > 0 && (
        <label className="check">
          <input
            type="checkbox"
            checked={areAllChosen}
            ref={chooseAll}
            onChange={() => setChoice(areAllChosen ? NOTHING_CHOSEN : { locations: new Set(shown), anchor: null })}
          />
          Choose all {hasMore ? `${shown.length} shown` : shown.length}
        </label>
      )}
      {chosen.size > 0 && (
        <BulkActions
          project={project}
          chosen={documents.filter(({ location }) => chosen.has(location))}
          onClear={() => setChoice(NOTHING_CHOSEN)}
          before={beforeBulk}
          after={(done, what) => {
            // The bar goes, and the focus with it.
            chooseAll.current?.focus();
            afterBulk(done, what);
          }}
        />
      )}
      <ul ref={items}>
        {documents.map((document) => (
          <li key={document.location}>
            <input
              type="checkbox"
              aria-label={`Choose ${document.location}`}
              title="With Shift, all from the last one to this"
              checked={chosen.has(document.location)}
              // Not a change: only a click says whether Shift is held. The space key makes one, too.
              onClick={(event: MouseEvent) => setChoice(toggle(choice, shown, document.location, { extend: event.shiftKey }))}
              readOnly
            />
            <Item project={project} document={document} isCurrent={document.location === current} />
          </li>
        ))}
      </ul>
      {documents.length === 0 && !isLoading && !hasMore && (
        <p className="help">{filter.show === "suspected" ? <NoSuspicion project={project} /> : "No document is like that."}</p>
      )}
      {searchedParts > 0 ? (
        <p className="help">
          <span role="status">
            Searched {count(searchedParts, "part")} of the project{documents.length > 0 ? " more" : ""} without finding any, going on…
          </span>{" "}
          <button type="button" className="quiet" onClick={stopSearch}>
            Stop
          </button>
        </p>
      ) : (
        hasMore && (
          <button type="button" className="quiet" onClick={() => void loadMore()} disabled={isLoading}>
            {isLoading ? "Loading…" : "More documents"}
          </button>
        )
      )}
    </section>
  );
}

/** How far the whole project is, whatever the list shows. */
function Progress({ project }: { readonly project: string }) {
  const { data } = useQuery({ queryKey: ["statistics", project], queryFn: () => getStatistics(project) });
  if (data === undefined || data.documents.ingested === 0) return null;
  const { done, ingested } = data.documents;
  return (
    <label className="progress">
      {done.toLocaleString()} of {ingested.toLocaleString()} done <progress value={done} max={ingested} />
    </label>
  );
}

function NoSuspicion({ project }: { readonly project: string }) {
  return (
    <>
      The last label check left no suspicion open, or there was none yet: <a href={hrefTo(["projects", project, "quality"])}>Data quality</a>.
    </>
  );
}

interface ItemProps {
  readonly project: string;
  readonly document: Document;
  readonly isCurrent: boolean;
}

function Item({ project, document, isCurrent }: ItemProps) {
  const { location, status, done, labelled, warnings } = document;
  const state = status === "failed" ? "cannot be read" : done ? "done" : labelled ? "labelled" : "unlabelled";
  return (
    <a href={hrefTo(["projects", project, "labeling", location])} aria-current={isCurrent ? "true" : undefined}>
      <span className={`dot ${state.replaceAll(" ", "-")}`} aria-hidden="true" />
      <span className="location">{location}</span>
      <span className="facts">
        {[state, ...factsOf(document)].join(", ")}
        {warnings.map(({ message }, i) => (
          <span key={i} className="warning">
            {message}
          </span>
        ))}
      </span>
    </a>
  );
}

function factsOf({ labelsCount = 0, suggestionsCount = 0, textChanged = false, dataset }: Document): string[] {
  return [
    ...(labelsCount > 0 ? [count(labelsCount, "label")] : []),
    ...(suggestionsCount > 0 ? [count(suggestionsCount, "suggestion")] : []),
    ...(dataset === undefined ? [] : [dataset === "Train" ? "training" : "testing"]),
    ...(textChanged ? ["labels of an older text"] : []),
  ];
}
