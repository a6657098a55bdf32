import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { isMissing } from "../../api/models";
import { getLearningCurve, type F1Forecast } from "../../api/quality";
import { Failure } from "../../components/Failure";
import { count, dateTime, percent } from "../../format";
import { Asking } from "./Asking";
import { CurveChart } from "./CurveChart";
import { useQuestion } from "./use-question";

const ALL = "";

/** F1 at growing numbers of labels, and what more of them would bring, for all labels and for each entity type. */
export function Curves({ project }: { readonly project: string }) {
  const queries = useQueryClient();
  const curve = useQuery({
    queryKey: ["learning-curve", project],
    queryFn: () => getLearningCurve(project).catch((error: unknown) => (isMissing(error) ? null : Promise.reject(error as Error))),
  });
  const asked = useQuestion(project, "learning-curve", () => {
    void queries.invalidateQueries({ queryKey: ["learning-curve", project] });
  });
  const [chosen, setChosen] = useState(ALL);
  const data = curve.data;
  const shown = data == null ? undefined : (data.categories[chosen] ?? data.overall);
  return (
    <>
      <Asking
        asked={asked}
        action="Measure the learning curve"
        about="Trains on growing parts of the labels, several times: it takes about as long as ten short trainings."
      />
      {curve.error !== null && <Failure error={curve.error} />}
      {data != null && shown !== undefined && (
        <>
          <label>
            Curve of{" "}
            <select value={chosen} onChange={(event) => setChosen(event.target.value)}>
              <option value={ALL}>all labels</option>
              {Object.keys(data.categories).map((category) => (
                <option key={category}>{category}</option>
              ))}
            </select>
          </label>
          <p className="verdict">{shown.forecast.sentence}</p>
          <CurveChart curve={shown} />
          <table className="grid narrow">
            <caption>
              Measured {dateTime(data.createdDateTime)} with recipe {data.recipe}, judged on {count(shown.nJudgedLabels, "label")}
            </caption>
            <thead>
              <tr>
                <th scope="col">Labels</th>
                <th scope="col">Documents</th>
                <th scope="col">F1</th>
                <th scope="col">95 % interval</th>
              </tr>
            </thead>
            <tbody>
              {shown.points.map(({ nLabels, nDocuments, f1, f1Interval }) => (
                <tr key={nDocuments}>
                  <td className="number">{nLabels}</td>
                  <td className="number">{nDocuments}</td>
                  <td className="number">{percent(f1)}</td>
                  <td className="number">
                    {percent(f1Interval[0])} to {percent(f1Interval[1])}
                  </td>
                </tr>
              ))}
              {shown.forecast.atHorizon !== null && <ForecastRow forecast={shown.forecast.atHorizon} />}
            </tbody>
          </table>
          {data.warnings.map(({ message }, i) => (
            <p key={i} className="help">
              {message}
            </p>
          ))}
        </>
      )}
    </>
  );
}

/** What the dashed part of the chart ends at. */
function ForecastRow({ forecast: { nLabels, nDocuments, f1, interval, level } }: { readonly forecast: F1Forecast }) {
  return (
    <tr>
      <td className="number">{nLabels}, forecast</td>
      <td className="number">{nDocuments}</td>
      <td className="number">{percent(f1)}</td>
      <td className="number">
        {percent(interval[0])} to {percent(interval[1])} ({level} %)
      </td>
    </tr>
  );
}
