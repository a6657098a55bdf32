import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { listDocuments } from "../../api/documents";
import { get } from "../../api/client";
import type { Document, Page } from "../../api/types";

/** What the list shows; each is a query of the service, so that it holds for 100,000 documents. */
export interface ListFilter {
  readonly show: string;
  readonly search: string;
}

export const SHOWN: readonly (readonly [value: string, title: string, query: Readonly<Record<string, string>>])[] = [
  ["all", "All documents", {}],
  ["unlabelled", "Unlabelled", { labelled: "false", status: "ingested" }],
  ["labelled", "Labelled", { labelled: "true" }],
  ["train", "Training set", { dataset: "Train" }],
  ["test", "Testing set", { dataset: "Test" }],
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
  readonly error: Error | null;
  readonly loadMore: () => void;
}

/** `shown` is what the list begins with: one of `SHOWN`. */
export function useDocumentList(project: string, shown: string | null): DocumentListState {
  const [filter, setFilter] = useState<ListFilter>({ show: SHOWN.find(([value]) => value === shown)?.[0] ?? "all", search: "" });
  const list = useInfiniteQuery({
    queryKey: ["documents", project, filter],
    queryFn: ({ pageParam }) =>
      pageParam === "" ? listDocuments(project, queryOf(filter)) : get<Page<Document>>(new URL(pageParam).pathname + new URL(pageParam).search),
    initialPageParam: "",
    getNextPageParam: ({ nextLink }) => nextLink ?? undefined,
  });
  return {
    documents: list.data?.pages.flatMap(({ value }) => value) ?? [],
    filter,
    setFilter,
    hasMore: list.hasNextPage,
    isLoading: list.isFetching,
    error: list.error,
    loadMore: () => void list.fetchNextPage(),
  };
}

function queryOf({ show, search }: ListFilter): Record<string, string | number | undefined> {
  const shown = show.startsWith(CATEGORY)
    ? { category: show.slice(CATEGORY.length) }
    : SHOWN.find(([value]) => value === show)?.[2];
  return { ...shown, search: search === "" ? undefined : search, maxpagesize: PAGE };
}
