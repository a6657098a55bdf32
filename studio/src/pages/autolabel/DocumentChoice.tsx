import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { listDocuments } from "../../api/documents";
import { Field } from "../../components/Field";
import { Failure } from "../../components/Failure";

export type Scope = "unlabelled" | "all" | "chosen";

const TITLES: Readonly<Record<Scope, string>> = { unlabelled: "unlabelled ones", all: "all", chosen: "some of them" };
/** Found by the search box; nobody picks from more. */
const SHOWN = 200;

interface DocumentChoiceProps {
  readonly project: string;
  readonly scope: Scope;
  readonly locations: readonly string[];
  readonly onScope: (scope: Scope) => void;
  readonly onLocations: (locations: readonly string[]) => void;
}

export function DocumentChoice({ project, scope, locations, onScope, onLocations }: DocumentChoiceProps) {
  return (
    <>
      <fieldset className="choice">
        <legend>Documents</legend>
        {(Object.keys(TITLES) as Scope[]).map((each) => (
          <label key={each}>
            <input type="radio" name="scope" checked={scope === each} onChange={() => onScope(each)} />
            {TITLES[each]}
          </label>
        ))}
      </fieldset>
      {scope === "chosen" && <Picker project={project} locations={locations} onLocations={onLocations} />}
    </>
  );
}

function Picker({ project, locations, onLocations }: Pick<DocumentChoiceProps, "project" | "locations" | "onLocations">) {
  const [search, setSearch] = useState("");
  const found = useQuery({
    queryKey: ["documents", project, "picker", search],
    queryFn: () => listDocuments(project, { maxpagesize: SHOWN, search }),
    placeholderData: (before) => before,
  });
  const listed = found.data?.value.map(({ location }) => location) ?? [];
  // What was chosen stays on the list, whatever is searched for next.
  const shown = [...new Set([...locations, ...listed])];
  return (
    <>
      {found.error !== null && <Failure error={found.error} />}
      <Field title="Search">
        <input type="search" value={search} onChange={(event) => setSearch(event.target.value)} />
      </Field>
      <Field title={`Chosen documents: ${locations.length}`} help="Ctrl adds one, Shift a range.">
        <select
          multiple
          size={6}
          value={[...locations]}
          onChange={(event) => onLocations([...event.target.selectedOptions].map(({ value }) => value))}
        >
          {shown.map((location) => (
            <option key={location}>{location}</option>
          ))}
        </select>
      </Field>
    </>
  );
}
