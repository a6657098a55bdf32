import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Page } from "../api/types";
import { Dialog } from "./Dialog";
import { Failure } from "./Failure";
import { Waiting } from "./Waiting";

interface PagedDialogProps<Row> {
  readonly title: string;
  readonly pages: UseInfiniteQueryResult<InfiniteData<Page<Row>>>;
  /** What they are called while they are on their way. */
  readonly what: string;
  /** Said where there is none. */
  readonly empty: string;
  /** Heads of the columns; the one after them holds what can be done with a row. */
  readonly columns: readonly string[];
  /** A row of the table. */
  readonly children: (row: Row) => ReactNode;
  /** Asks for the next page. */
  readonly more: string;
  /** Of what was done with a row. */
  readonly error: Error | null;
  readonly onClose: () => void;
}

/** What happened, the newest first, in a table that grows page by page. */
export function PagedDialog<Row>({ title, pages, what, empty, columns, children, more, error, onClose }: PagedDialogProps<Row>) {
  const failure = pages.error ?? error;
  const rows = pages.data?.pages.flatMap(({ value }) => value);
  return (
    <Dialog title={title} onClose={onClose}>
      {failure !== null && <Failure error={failure} />}
      {rows === undefined && failure === null && <Waiting what={what} />}
      {rows?.length === 0 && <p>{empty}</p>}
      {rows !== undefined && rows.length > 0 && (
        <table className="grid">
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
              <th scope="col">
                <span className="hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>{rows.map(children)}</tbody>
        </table>
      )}
      <p className="buttons">
        {pages.hasNextPage && (
          <button type="button" disabled={pages.isFetching} onClick={() => void pages.fetchNextPage()}>
            {more}
          </button>
        )}
        <button type="button" onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  );
}
