import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import { deleteDeployment, deploy, listDeployments, swapDeployments, type Deployment } from "../../api/deployments";
import { listModels, type Model } from "../../api/models";
import { ConfirmDialog } from "../../components/ConfirmDialog";
import { Dialog } from "../../components/Dialog";
import { Failure } from "../../components/Failure";
import { Field } from "../../components/Field";
import { PageFrame } from "../../components/Page";
import { dateTime } from "../../format";
import { hrefTo } from "../../routing";
import type { PageProps } from "../pages";
import { CodeDialog } from "./CodeDialog";

type Open =
  | { readonly kind: "deploy"; readonly name: string }
  | { readonly kind: "swap" }
  | { readonly kind: "delete" | "code"; readonly name: string };

export default function DeploymentsPage({ project }: PageProps) {
  const name = project.projectName;
  const queries = useQueryClient();
  const [open, setOpen] = useState<Open | null>(null);
  const deployments = useQuery({ queryKey: ["deployments", name], queryFn: () => listDeployments(name) });
  const models = useQuery({ queryKey: ["models", name], queryFn: () => listModels(name) });
  const rows = deployments.data ?? [];
  const close = () => setOpen(null);
  const refresh = () => queries.invalidateQueries({ queryKey: ["deployments", name] });
  const done = () => {
    close();
    void refresh();
  };
  return (
    <PageFrame
      title="Deployments"
      about="A deployment is a name that applications call. Point it at a better model, and they get that one at once."
      actions={
        <>
          <button type="button" disabled={rows.length < 2} onClick={() => setOpen({ kind: "swap" })}>
            Swap…
          </button>
          <button type="button" className="primary" disabled={models.data?.length === 0} onClick={() => setOpen({ kind: "deploy", name: "" })}>
            Add deployment
          </button>
        </>
      }
    >
      {deployments.error !== null && <Failure error={deployments.error} retry={() => void deployments.refetch()} />}
      {deployments.data !== undefined && rows.length === 0 && <p className="empty">No deployment yet.</p>}
      {rows.length > 0 && <DeploymentTable project={name} rows={rows} models={models.data ?? []} onOpen={setOpen} />}
      {open?.kind === "deploy" && (
        <DeployDialog project={name} models={models.data ?? []} taken={rows} initial={open.name} onDone={done} onClose={close} />
      )}
      {open?.kind === "swap" && <SwapDialog project={name} rows={rows} onDone={done} onClose={close} />}
      {open?.kind === "code" && <CodeDialog project={name} deployment={open.name} onClose={close} />}
      {open?.kind === "delete" && (
        <ConfirmDialog
          title={`Delete deployment ${open.name}`}
          action="Delete deployment"
          typed={open.name}
          run={() => deleteDeployment(name, open.name)}
          onDone={() => void refresh()}
          onClose={close}
        >
          <p>Applications that call this name get an error from then on. The model stays.</p>
        </ConfirmDialog>
      )}
    </PageFrame>
  );
}

interface DeploymentTableProps {
  readonly project: string;
  readonly rows: readonly Deployment[];
  readonly models: readonly Model[];
  readonly onOpen: (open: Open) => void;
}

function DeploymentTable({ project, rows, models, onOpen }: DeploymentTableProps) {
  return (
    <table className="grid">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Model</th>
          <th scope="col">Trained</th>
          <th scope="col">Deployed</th>
          <th scope="col">
            <span className="hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ deploymentName, modelId, lastTrainedDateTime, lastDeployedDateTime }) => (
          <tr key={deploymentName}>
            <th scope="row">{deploymentName}</th>
            <td>{models.find((model) => model.modelId === modelId)?.label ?? "an older version of a model"}</td>
            <td>{dateTime(lastTrainedDateTime)}</td>
            <td>{dateTime(lastDeployedDateTime)}</td>
            <td className="actions">
              <a href={hrefTo(["projects", project, "test", deploymentName])}>Test</a>
              <button type="button" aria-label={`Code for ${deploymentName}`} onClick={() => onOpen({ kind: "code", name: deploymentName })}>
                Code
              </button>
              <button type="button" aria-label={`Point ${deploymentName} at a model`} onClick={() => onOpen({ kind: "deploy", name: deploymentName })}>
                Change model
              </button>
              <button type="button" className="quiet" aria-label={`Delete ${deploymentName}`} onClick={() => onOpen({ kind: "delete", name: deploymentName })}>
                Delete
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface DeployDialogProps {
  readonly project: string;
  readonly models: readonly Model[];
  readonly taken: readonly Deployment[];
  readonly initial: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function DeployDialog({ project, models, taken, initial, onDone, onClose }: DeployDialogProps) {
  const [name, setName] = useState(initial);
  const [model, setModel] = useState(models[0]?.label ?? "");
  const run = useMutation({ mutationFn: () => deploy(project, name, model), onSuccess: onDone });
  const exists = taken.some(({ deploymentName }) => deploymentName === name);
  return (
    <Dialog title={initial === "" ? "Add deployment" : `Deployment ${initial}`} onClose={onClose}>
      <form onSubmit={prevented(() => run.mutate())}>
        <Field
          title="Name"
          help={exists ? "This name is in use: it will answer with the model below." : "Such as production or staging."}
        >
          <input
            required
            readOnly={initial !== ""}
            pattern="[A-Za-z0-9_.\-]{1,50}"
            maxLength={50}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <Field title="Model">
          <select value={model} onChange={(event) => setModel(event.target.value)}>
            {models.map(({ label }) => (
              <option key={label}>{label}</option>
            ))}
          </select>
        </Field>
        {run.error !== null && <Failure error={run.error} />}
        <p className="buttons">
          <button type="submit" className="primary" disabled={run.isPending}>
            {run.isPending ? "Deploying…" : "Deploy"}
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </p>
      </form>
    </Dialog>
  );
}

interface SwapDialogProps {
  readonly project: string;
  readonly rows: readonly Deployment[];
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function SwapDialog({ project, rows, onDone, onClose }: SwapDialogProps) {
  const names = rows.map(({ deploymentName }) => deploymentName);
  const [first, setFirst] = useState(names[0] ?? "");
  const [second, setSecond] = useState(names[1] ?? "");
  const run = useMutation({ mutationFn: () => swapDeployments(project, first, second), onSuccess: onDone });
  const choice = (title: string, value: string, onChange: (name: string) => void) => (
    <Field title={title}>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </Field>
  );
  return (
    <Dialog title="Swap deployments" onClose={onClose}>
      <p>Both names exchange their models in one step; swapping again puts them back.</p>
      <form onSubmit={prevented(() => run.mutate())}>
        {choice("First", first, setFirst)}
        {choice("Second", second, setSecond)}
        {run.error !== null && <Failure error={run.error} />}
        <p className="buttons">
          <button type="submit" className="primary" disabled={run.isPending || first === second}>
            Swap
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </p>
      </form>
    </Dialog>
  );
}

function prevented(run: () => void): (event: SyntheticEvent) => void {
  return (event) => {
    event.preventDefault();
    run();
  };
}
