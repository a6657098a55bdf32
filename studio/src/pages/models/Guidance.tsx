import { useState } from "react";
import type { ModelAdvice } from "../../api/models";
import { count } from "../../format";
import { hrefTo } from "../../routing";

const SHOWN = 5;

/** What would make the model better, each sentence with the documents that it is drawn from. */
export function Guidance({ project, advice }: { readonly project: string; readonly advice: readonly ModelAdvice[] }) {
  return (
    <section className="guidance" aria-labelledby="guidance">
      <h2 id="guidance">What to do next</h2>
      {advice.length === 0 ? (
        <p>Nothing stands out: enough labels of each type, on both sides, and no error that repeats.</p>
      ) : (
        <ol>
          {advice.map((each, i) => (
            <li key={i}>
              <p>{each.message}</p>
              {each.documents.length > 0 && <DocumentLinks project={project} advice={each} />}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function DocumentLinks({ project, advice: { documents, documentsCount } }: { readonly project: string; readonly advice: ModelAdvice }) {
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen ? documents : documents.slice(0, SHOWN);
  return (
    <p className="document-links">
      <span className="help">{count(documentsCount, "document")}:</span>{" "}
      {shown.map((location) => (
        <a key={location} href={hrefTo(["projects", project, "labeling", location])}>
          {location}
        </a>
      ))}
      {shown.length < documents.length && (
        <button type="button" className="quiet" onClick={() => setOpen(true)}>
          {documents.length - shown.length} more
        </button>
      )}
      {isOpen && documents.length < documentsCount && <span className="help">and {documentsCount - documents.length} others</span>}
    </p>
  );
}
