import { useQuery } from "@tanstack/react-query";
import { getStatistics, listAdvice, type Advice, type Statistics } from "../../api/statistics";
import { Failure } from "../../components/Failure";
import { Waiting } from "../../components/Waiting";
import { count } from "../../format";
import { hrefTo } from "../../routing";

/** How the labels are spread over types and sets, and what would make the data better. */
export function Distribution({ project }: { readonly project: string }) {
  const statistics = useQuery({ queryKey: ["statistics", project], queryFn: () => getStatistics(project) });
  const advice = useQuery({ queryKey: ["statistics", project, "advice"], queryFn: () => listAdvice(project) });
  if (statistics.error !== null) return <Failure error={statistics.error} />;
  if (statistics.data === undefined) return <Waiting what="distribution" />;
  return (
    <>
      <Progress statistics={statistics.data} />
      <table className="grid distribution">
        <caption>Labels of each type</caption>
        <thead>
          <tr>
            <th scope="col">Type</th>
            <th scope="col" title="Training set">
              Train
            </th>
            <th scope="col" title="Testing set">
              Test
            </th>
            <th scope="col" title="Of documents in neither set">
              Other
            </th>
          </tr>
        </thead>
        <tbody>
          {statistics.data.categories.map(({ category, labels }) => (
            <tr key={category}>
              <th scope="row">{category}</th>
              <td className="number">{labels.Train}</td>
              <td className="number">{labels.Test}</td>
              <td className="number">{labels.Unassigned}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {advice.data !== undefined && advice.data.length > 0 && (
        <>
          <h2>Worth doing</h2>
          <ul className="advice">
            {advice.data.map((each, i) => (
              <AdviceItem key={i} project={project} advice={each} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Progress({ statistics }: { readonly statistics: Statistics }) {
  const { labelled, ingested } = statistics.documents;
  return (
    <label className="progress">
      <span>
        {labelled} of {count(ingested, "document")} labelled
      </span>
      <progress value={labelled} max={Math.max(1, ingested)} />
    </label>
  );
}

function AdviceItem({ project, advice }: { readonly project: string; readonly advice: Advice }) {
  return (
    <li>
      <span className={`badge ${advice.severity}`}>{advice.severity}</span> {advice.message}{" "}
      {advice.documents.slice(0, 3).map((location) => (
        <a key={location} href={hrefTo(["projects", project, "labeling", location])}>
          {location}{" "}
        </a>
      ))}
      {advice.documentsCount > 3 && `and ${advice.documentsCount - 3} more`}
    </li>
  );
}
