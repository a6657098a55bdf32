// @azure/ai-language-text 1.1.0, as it comes from the registry: prints what it gets, as JSON.
import { AzureKeyCredential, TextAnalysisClient } from "@azure/ai-language-text";

const [endpoint, key, projectName, deploymentName, ...texts] = process.argv.slice(2);
const client = new TextAnalysisClient(endpoint, new AzureKeyCredential(key), { allowInsecureConnection: true });
const tasks = [
  { kind: "CustomEntityRecognition", projectName, deploymentName },
  { kind: "CustomEntityRecognition", projectName, deploymentName, stringIndexType: "Utf16CodeUnit" },
  { kind: "CustomEntityRecognition", projectName, deploymentName: "nowhere" },
];
const started = Date.now();
const poller = await client.beginAnalyzeBatch(tasks, texts, "en", { displayName: "from JavaScript" });
const actions = [];
for await (const action of await poller.pollUntilDone()) actions.push(action);
console.log(JSON.stringify({ actions, milliseconds: Date.now() - started }));
