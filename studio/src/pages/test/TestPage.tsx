import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { listDeployments, predict, type Prediction } from "../../api/deployments";
import { huesOf } from "../../categories";
import { CategoryChip } from "../../components/CategoryChip";
import { DropZone } from "../../components/DropZone";
import { Failure } from "../../components/Failure";
import { Field } from "../../components/Field";
import { PageFrame } from "../../components/Page";
import { Tabs } from "../../components/Tabs";
import { count } from "../../format";
import { hrefTo } from "../../routing";
import { SpanText } from "../../surface/SpanText";
import type { PageProps } from "../pages";

const VIEWS = [
  ["text", "Result"],
  ["table", "Entities"],
  ["json", "JSON"],
] as const;

export default function TestPage({ project, rest }: PageProps) {
  const name = project.projectName;
  const deployments = useQuery({ queryKey: ["deployments", name], queryFn: () => listDeployments(name) });
  const [chosen, setChosen] = useState(rest[0]);
  const deployment = chosen ?? deployments.data?.[0]?.deploymentName;
  const [text, setText] = useState("");
  const run = useMutation({
    mutationFn: async () => ({ text, prediction: await predict(name, deployment ?? "", text) }),
  });
  return (
    <PageFrame title="Test" about="What a deployment finds in a text: the same call that an application makes.">
      {deployments.data?.length === 0 && (
        <p className="empty">
          There is no deployment yet. <a href={hrefTo(["projects", name, "deployments"])}>Add one</a> first.
        </p>
      )}
      <form
        className="test-form"
        onSubmit={(event) => {
          event.preventDefault();
          run.mutate();
        }}
      >
        <Field title="Deployment">
          <select value={deployment} onChange={(event) => setChosen(event.target.value)}>
            {deployments.data?.map(({ deploymentName }) => (
              <option key={deploymentName}>{deploymentName}</option>
            ))}
          </select>
        </Field>
        <Field title="Text">
          <textarea
            rows={7}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
            }}
          />
        </Field>
        <DropZone
          title="Open a text file"
          accept=".txt,text/plain"
          onFiles={([file]) => {
            if (file !== undefined) void file.text().then(setText);
          }}
        />
        <p className="buttons">
          <button type="submit" className="primary" disabled={text.trim() === "" || deployment === undefined || run.isPending}>
            {run.isPending ? "Running…" : "Run the test"}
          </button>
        </p>
      </form>
      {run.error !== null && <Failure error={run.error} />}
      {run.data !== undefined && <Result text={run.data.text} prediction={run.data.prediction} categories={project.categories} />}
    </PageFrame>
  );
}

interface ResultProps {
  readonly text: string;
  readonly prediction: Prediction;
  readonly categories: PageProps["project"]["categories"];
}

function Result({ text, prediction, categories }: ResultProps) {
  const [view, setView] = useState<(typeof VIEWS)[number][0]>("text");
  const { entities, answer, milliseconds } = prediction;
  const hues = huesOf(categories);
  return (
    <>
      <p role="status">
        {count(entities.length, "entity").replace("entitys", "entities")} in {milliseconds.toFixed(0)} ms, network included.
      </p>
      <Tabs tabs={VIEWS} current={view} onSelect={setView}>
        {view === "text" ? (
          <SpanText
            text={text}
            hues={hues}
            labels={entities.map(({ offset, length, category }) => ({ start: offset, end: offset + length, category }))}
          />
        ) : view === "json" ? (
          <pre className="code">{JSON.stringify(answer, null, 2)}</pre>
        ) : (
          <table className="grid">
            <thead>
              <tr>
                <th scope="col">Text</th>
                <th scope="col">Entity type</th>
                <th scope="col">Confidence</th>
                <th scope="col">Offset</th>
              </tr>
            </thead>
            <tbody>
              {entities.map((entity) => (
                <tr key={entity.offset}>
                  <td>{entity.text}</td>
                  <td>
                    <CategoryChip category={entity.category} hues={hues} />
                  </td>
                  <td className="number">{entity.confidenceScore.toFixed(2)}</td>
                  <td className="number">{entity.offset}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Tabs>
    </>
  );
}
