// Code that calls a deployment, ready to paste: the address is this service's, the key is left to be filled in.
export interface Target {
  readonly endpoint: string;
  readonly project: string;
  readonly deployment: string;
}

const TEXT = "Tesla slid 3% while bitcoin held.";

export const LANGUAGES = [
  ["curl", "curl"],
  ["python", "Python"],
  ["javascript", "JavaScript"],
] as const;

export type Language = (typeof LANGUAGES)[number][0];

export function snippet(language: Language, target: Target): string {
  switch (language) {
    case "curl":
      return curl(target);
    case "python":
      return python(target);
    case "javascript":
      return javascript(target);
  }
}

function curl({ endpoint, project, deployment }: Target): string {
  const body = {
    kind: "CustomEntityRecognition",
    analysisInput: { documents: [{ id: "1", text: TEXT }] },
    parameters: { projectName: project, deploymentName: deployment },
  };
  return `curl "${endpoint}/language/:analyze-text?api-version=2023-04-01" \\
  -H "Ocp-Apim-Subscription-Key: $NERINE_KEY" -H "Content-Type: application/json" \\
  -d '${JSON.stringify(body, null, 2).replaceAll("'", "'\\''")}'`;
}

function python({ endpoint, project, deployment }: Target): string {
  return `# pip install azure-ai-textanalytics==5.4.0
import os

from azure.ai.textanalytics import TextAnalyticsClient
from azure.core.credentials import AzureKeyCredential

client = TextAnalyticsClient(${quoted(endpoint)}, AzureKeyCredential(os.environ["NERINE_KEY"]))
poller = client.begin_recognize_custom_entities(
    [${quoted(TEXT)}], project_name=${quoted(project)}, deployment_name=${quoted(deployment)}
)
for document in poller.result():
    for entity in document.entities:
        print(entity.text, entity.category, entity.offset, entity.length, entity.confidence_score)`;
}

function javascript({ endpoint, project, deployment }: Target): string {
  // The SDK sends no key over plain HTTP unless it is told to; a local service has nothing else.
  const insecure = endpoint.startsWith("http:") ? ", { allowInsecureConnection: true }" : "";
  return `// npm install @azure/ai-language-text@1.1.0
import { AzureKeyCredential, TextAnalysisClient } from "@azure/ai-language-text";

const client = new TextAnalysisClient(${quoted(endpoint)}, new AzureKeyCredential(process.env.NERINE_KEY)${insecure});
const actions = [
  { kind: "CustomEntityRecognition", projectName: ${quoted(project)}, deploymentName: ${quoted(deployment)} },
];
const poller = await client.beginAnalyzeBatch(actions, [${quoted(TEXT)}], "en");
for await (const action of await poller.pollUntilDone()) {
  for (const document of action.results) {
    for (const entity of document.entities) console.log(entity.text, entity.category, entity.confidenceScore);
  }
}`;
}

/** A string of Python and of JavaScript alike. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
