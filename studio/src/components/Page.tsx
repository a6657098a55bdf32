import type { ReactNode } from "react";

interface PageFrameProps {
  readonly title: string;
  /** What the page is for, in a sentence. */
  readonly about?: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

export function PageFrame({ title, about, actions, children }: PageFrameProps) {
  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>{title}</h1>
          {about !== undefined && <p className="help">{about}</p>}
        </div>
        <div className="buttons">{actions}</div>
      </header>
      {children}
    </div>
  );
}
