import { useEffect, useRef, useState } from "react";
import type { Entity } from "../../api/entities";
import type { Document } from "../../api/types";
import { Failure } from "../../components/Failure";
import { hrefTo } from "../../routing";
import { Upload } from "./Upload";
import { showCategory, SHOWN, type DocumentListState } from "./use-document-list";

interface DocumentListProps {
  readonly project: string;
  readonly entities: readonly Entity[];
  readonly list: DocumentListState;
  readonly current: string | undefined;
  readonly onUploaded: () => void;
}

export function DocumentList({ project, entities, list, current, onUploaded }: DocumentListProps) {
  const { documents, filter, setFilter, hasMore, isLoading, error, loadMore } = list;
  const [search, setSearch] = useState(filter.search);
  const items = useRef<HTMLUListElement>(null);

  useEffect(() => {
    const waiting = setTimeout(() => {
      if (search !== filter.search) setFilter({ ...filter, search });
    }, 300);
    return () => clearTimeout(waiting);
  }, [search, filter, setFilter]);
  useEffect(() => {
    items.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [current]);

  return (
    <section className="document-list" aria-label="Documents">
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
      <ul ref={items}>
        {documents.map((document) => (
          <li key={document.location}>
            <Item project={project} document={document} isCurrent={document.location === current} />
          </li>
        ))}
      </ul>
      {documents.length === 0 && !isLoading && <p className="help">No document is like that.</p>}
      {hasMore && (
        <button type="button" className="quiet" onClick={loadMore} disabled={isLoading}>
          {isLoading ? "Loading…" : "More documents"}
        </button>
      )}
    </section>
  );
}

interface ItemProps {
  readonly project: string;
  readonly document: Document;
  readonly isCurrent: boolean;
}

function Item({ project, document, isCurrent }: ItemProps) {
  const { location, status, done, labelled, labelsCount = 0, dataset } = document;
  const state = status === "failed" ? "cannot be read" : done ? "done" : labelled ? "labelled" : "unlabelled";
  return (
    <a href={hrefTo(["projects", project, "labeling", location])} aria-current={isCurrent ? "true" : undefined}>
      <span className={`dot ${state.replaceAll(" ", "-")}`} aria-hidden="true" />
      <span className="location">{location}</span>
      <span className="facts">
        {state}
        {labelsCount > 0 && `, ${labelsCount} ${labelsCount === 1 ? "label" : "labels"}`}
        {dataset !== undefined && `, ${dataset === "Train" ? "training" : "testing"}`}
      </span>
    </a>
  );
}
