import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { listDeployments, predict, type Prediction } from "../../api/deployments";
import { readText } from "../../api/files";
import { CategoryChip } from "../../components/CategoryChip";
import { DropZone } from "../../components/DropZone";
import { Failure } from "../../components/Failure";
import { Field } from "../../components/Field";
import { PageFrame } from "../../components/Page";
import { Tabs } from "../../components/Tabs";
import { count } from "../../format";
import { hrefTo, navigate } from "../../routing";
import { SpanText, type Hues } from "../../surface/SpanText";
import { useEntities } from "../../use-entities";
import type { PageProps } from "../pages";

const VIEWS = [
  ["text", "Result"],
  ["table", "Entities"],
  ["json", "JSON"],
] as const;

export default function TestPage({ project, rest }: PageProps) {
  const name = project.projectName;
  const { hues } = useEntities(project);
  const deployments = useQuery({ queryKey: ["deployments", name], queryFn: () => listDeployments(name) });
  // In the address, so that a link leads to it and going back returns to it.
  const deployment = rest[0] ?? deployments.data?.[0]?.deploymentName;
  const isMissing = deployments.data?.every(({ deploymentName }) => deploymentName !== deployment) === true;
  const [text, setText] = useState("");
  const open = useMutation({ mutationFn: readText, onSuccess: setText });
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
          <select
            value={deployment}
            onChange={(event) => navigate(hrefTo(["projects", name, "test", event.target.value]), { replace: true })}
          >
            {isMissing && rest[0] !== undefined && <option value={rest[0]}>{rest[0]} (gone)</option>}
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
            if (file !== undefined) open.mutate(file);
          }}
        />
        {open.error !== null && <Failure error={open.error} />}
        <p className="buttons">
          <button type="submit" className="primary" disabled={text.trim() === "" || deployment === undefined || isMissing || run.isPending}>
            {run.isPending ? "Running…" : "Run the test"}
          </button>
        </p>
      </form>
      {run.error !== null && <Failure error={run.error} />}
      {run.data !== undefined && <Result text={run.data.text} prediction={run.data.prediction} hues={hues} />}
    </PageFrame>
  );
}

interface ResultProps {
  readonly text: string;
  readonly prediction: Prediction;
  readonly hues: Hues;
}

function Result({ text, prediction, hues }: ResultProps) {
  const [view, setView] = useState<(typeof VIEWS)[number][0]>("text");
  const { entities, answer, milliseconds } = prediction;
  return (
    <>
      <p role="status">
        {count(entities.length, "entity", "entities")} in {milliseconds.toFixed(0)} ms, network included.
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
