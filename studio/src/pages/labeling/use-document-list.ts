import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { listDocuments, listMoreDocuments } from "../../api/documents";
import type { Document } from "../../api/types";

/** What the list shows; each is a query of the service, so that it holds for 100,000 documents. */
export interface ListFilter {
  readonly show: string;
  readonly search: string;
}

export const SHOWN: readonly (readonly [value: string, title: string, query: Readonly<Record<string, string>>])[] = [
  ["all", "All documents", {}],
  ["unlabelled", "Unlabelled", { labelled: "false", status: "ingested" }],
  ["labelled", "Labelled", { labelled: "true" }],
  ["done", "Done", { done: "true" }],
  ["train", "Training set", { dataset: "Train" }],
  ["test", "Testing set", { dataset: "Test" }],
  ["unassigned", "In neither set", { dataset: "Unassigned" }],
  ["suggested", "With suggestions", { suggested: "true" }],
  ["suspected", "Suspected errors", { suspected: "true" }],
  ["failed", "Could not be read", { status: "failed" }],
];

const CATEGORY = "category:";

export function showCategory(category: string): string {
  return CATEGORY + category;
}

const PAGE = 100;

export interface DocumentListState {
  readonly documents: readonly Document[];
  readonly filter: ListFilter;
  readonly setFilter: (filter: ListFilter) => void;
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  /** Parts of the project that were looked through in a row without finding anything; 0 where the search rests. */
  readonly searchedParts: number;
  readonly stopSearch: () => void;
  readonly error: Error | null;
  /** @returns all documents that are loaded then. */
  readonly loadMore: () => Promise<readonly Document[]>;
}

/** `shown` is what the list begins with: one of `SHOWN`. */
export function useDocumentList(project: string, shown: string | null): DocumentListState {
  const [filter, setFilter] = useState<ListFilter>({ show: SHOWN.find(([value]) => value === shown)?.[0] ?? "all", search: "" });
  const [isStopped, setStopped] = useState(false);
  const list = useInfiniteQuery({
    queryKey: ["documents", project, filter],
    queryFn: ({ pageParam }) => (pageParam === "" ? listDocuments(project, queryOf(filter)) : listMoreDocuments(pageParam)),
    initialPageParam: "",
    getNextPageParam: ({ nextLink }) => nextLink ?? undefined,
  });
  const pages = list.data?.pages ?? [];
  const emptyParts = pages.length - 1 - pages.findLastIndex(({ value }) => value.length > 0);
  const { fetchNextPage, hasNextPage, isFetching, isError } = list;
  // The work for one page has a bound, so that a page of a filter that few pass may be empty: the search goes on.
  const goesOn = emptyParts > 0 && hasNextPage && !isStopped && !isError;
  useEffect(() => {
    if (goesOn && !isFetching) void fetchNextPage();
  }, [goesOn, isFetching, fetchNextPage]);
  return {
    documents: pages.flatMap(({ value }) => value),
    filter,
    setFilter: (next) => {
      setStopped(false);
      setFilter(next);
    },
    hasMore: hasNextPage,
    isLoading: isFetching,
    searchedParts: goesOn ? emptyParts : 0,
    stopSearch: () => setStopped(true),
    error: list.error,
    loadMore: async () => {
      setStopped(false);
      const { data } = await fetchNextPage();
      return data?.pages.flatMap(({ value }) => value) ?? [];
    },
  };
}

function queryOf({ show, search }: ListFilter): Record<string, string | number | undefined> {
  const shown = show.startsWith(CATEGORY)
    ? { category: show.slice(CATEGORY.length) }
    : SHOWN.find(([value]) => value === show)?.[2];
  return { ...shown, search: search === "" ? undefined : search, maxpagesize: PAGE };
}
