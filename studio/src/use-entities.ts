import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { listEntities, type Entity } from "./api/entities";
import type { Project } from "./api/types";
import { huesOf } from "./categories";
import type { Hues } from "./surface/SpanText";

/** The project's entity types with counts and colours: the same colours on every page. */
export function useEntities({ projectName, categories }: Project): { readonly entities: readonly Entity[]; readonly hues: Hues } {
  const { data } = useQuery({ queryKey: ["entities", projectName], queryFn: () => listEntities(projectName) });
  // Counting takes a moment; the names are known at once.
  const entities = useMemo(() => data ?? categories.map(({ category }) => ({ category })), [data, categories]);
  const hues = useMemo(() => huesOf(entities), [entities]);
  return { entities, hues };
}
