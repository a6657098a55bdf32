import { useState, type ReactNode } from "react";
import { readKey, signOut, SIGN_OUT_URL } from "../api/session";
import { Notices } from "./Notices";
import { PAGES } from "../pages/pages";
import { hrefTo } from "../routing";
import { readTheme, setTheme, type Theme } from "../theme";

interface ShellProps {
  readonly project?: string;
  readonly page?: string;
  readonly children: ReactNode;
}

/** The frame of every page: where one is, the pages of the project, theme and sign-out. */
export function Shell({ project, page, children }: ShellProps) {
  return (
    <div className={project === undefined ? "shell" : "shell with-navigation"}>
      <a className="skip-link" href="#main" onClick={skipToMain}>
        Skip to content
      </a>
      <header className="top-bar">
        <a className="brand" href={hrefTo([])}>
          Nerine
        </a>
        {project !== undefined && <span className="project-name">{project}</span>}
        <span className="spacer" />
        <ThemeChoice />
        <button type="button" className="quiet" onClick={leave}>
          Sign out
        </button>
      </header>
      {project !== undefined && (
        <nav className="navigation" aria-label="Project">
          {PAGES.map(({ path, title }) => (
            <a key={path} href={hrefTo(["projects", project, path])} aria-current={path === page ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
      )}
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <Notices />
    </div>
  );
}

/** The address after the hash names a page, so that the link cannot do it alone. */
function skipToMain(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function leave(): void {
  if (readKey() === null) window.location.assign(SIGN_OUT_URL);
  else signOut();
}

function ThemeChoice() {
  const [theme, choose] = useState(readTheme);
  return (
    <select
      aria-label="Colours"
      className="quiet"
      value={theme}
      onChange={(event) => {
        const chosen = event.target.value as Theme;
        setTheme(chosen);
        choose(chosen);
      }}
    >
      <option value="system">As the system</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </select>
  );
}
