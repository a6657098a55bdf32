import { useState } from "react";
import { Dialog } from "../../components/Dialog";
import { Tabs } from "../../components/Tabs";
import { LANGUAGES, snippet, type Language } from "./snippets";

interface CodeDialogProps {
  readonly project: string;
  readonly deployment: string;
  readonly onClose: () => void;
}

export function CodeDialog({ project, deployment, onClose }: CodeDialogProps) {
  const [language, setLanguage] = useState<Language>("curl");
  const [isCopied, setCopied] = useState(false);
  const code = snippet(language, { endpoint: window.location.origin, project, deployment });
  const copy = async () => {
    await navigator.clipboard.writeText(code);
    setCopied(true);
  };
  return (
    <Dialog title={`Call ${deployment}`} onClose={onClose}>
      <Tabs
        tabs={LANGUAGES}
        current={language}
        onSelect={(chosen) => {
          setLanguage(chosen);
          setCopied(false);
        }}
      >
        <pre className="code">{code}</pre>
      </Tabs>
      <p className="help">Put an author or a query key into the environment variable NERINE_KEY; applications need a query key only.</p>
      <p className="buttons">
        <button type="button" className="primary" onClick={() => void copy()}>
          {isCopied ? "Copied" : "Copy"}
        </button>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  );
}
