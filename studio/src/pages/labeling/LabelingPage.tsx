import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Span } from "../../annotation/label";
import type { Entity } from "../../api/entities";
import { Failure } from "../../components/Failure";
import { Waiting } from "../../components/Waiting";
import { notify } from "../../notices";
import { refreshLabels, refreshSuggestions } from "../../refresh";
import { hrefTo, navigate } from "../../routing";
import type { Snapping } from "../../surface/AnnotationSurface";
import "../../styles/labeling.css";
import { useEntities } from "../../use-entities";
import type { PageProps } from "../pages";
import { ActivityPane } from "./ActivityPane";
import type { Bulk } from "./BulkActions";
import { ChangesDialog } from "./ChangesDialog";
import type { Command } from "./commands";
import { DocumentList } from "./DocumentList";
import { Editor } from "./Editor";
import { EntityDialog } from "./EntityDialog";
import { HistoryDialog } from "./HistoryDialog";
import { KeysDialog } from "./KeysDialog";
import { neighbourOf, nextUnlabelled, placeOf, type Place } from "./next-document";
import { openDocument } from "./open-session";
import { useDocumentList } from "./use-document-list";
import { useKeyCommands } from "./use-key-commands";

export default function LabelingPage({ project, rest, query }: PageProps) {
  const name = project.projectName;
  const list = useDocumentList(name, query.get("show"));
  const location = rest[0];
  const { entities, hues } = useEntities(project);
  const [edited, setEdited] = useState<Entity | null>(null);
  const [pickedBrush, setBrush] = useState<string | null>(null);
  // An entity type may go, or get another name, while it is the brush.
  const brush = entities.some(({ category }) => category === pickedBrush) ? pickedBrush : null;
  const [snapping, setSnapping] = useState<Snapping>({ toWords: true, trimPunctuation: false });
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [areChangesOpen, setChangesOpen] = useState(false);
  const [isHistoryOpen, setHistoryOpen] = useState(false);
  const queries = useQueryClient();
  const place = useRef<Place>({ location: undefined, index: -1 });
  const first = list.documents[0]?.location;
  const isNamed = rest[0] !== undefined;
  useEffect(() => {
    // The first document gets its address: it stays open when the list's filter no longer lets it through.
    if (!isNamed && first !== undefined) {
      navigate(hrefTo(["projects", name, "labeling", first], Object.fromEntries(query)), { replace: true });
    }
  }, [isNamed, first, name, query]);
  useEffect(() => {
    place.current = placeOf(list.documents, location, place.current);
  });
  const opened = useQuery({
    queryKey: ["open", name, location],
    queryFn: () => openDocument(name, location as string),
    enabled: location !== undefined,
    // An open document is a session with unsaved work: never refreshed behind somebody's back, opened anew each time.
    staleTime: Infinity,
    gcTime: 0,
    structuralSharing: false,
  });
  const open = opened.data !== undefined && "session" in opened.data ? opened.data : undefined;
  const session = open?.session;

  useEffect(() => {
    // The list shows counts, so it follows what was saved.
    let before = session?.getState().save;
    return session?.subscribe(() => {
      const { save } = session.getState();
      if (save === "saved" && before !== "saved") void refreshLabels(queries, name);
      before = save;
    });
  }, [session, queries, name]);

  const reload = () => {
    // Suggestions, too: there are none of a category that is gone.
    void refreshSuggestions(queries, name);
    void opened.refetch();
  };

  const afterEntityChange = () => {
    // Not with the counts, which may pause for a minute: there is another name, or another key, now.
    void queries.invalidateQueries({ queryKey: ["entities", name] });
    reload();
  };

  const afterUpload = () => {
    void refreshSuggestions(queries, name);
    // What could not be read may be readable now.
    if (opened.data !== undefined && open === undefined) void opened.refetch();
  };

  const goTo = (target: string | undefined) => {
    if (target !== undefined) navigate(hrefTo(["projects", name, "labeling", target]));
  };

  const afterBulk = async (done: readonly string[], what: Bulk) => {
    const isOpenAmongThem = location !== undefined && done.includes(location);
    const following = list.documents.slice(list.documents.findIndex((document) => document.location === location) + 1);
    const next = following.find((document) => !done.includes(document.location))?.location;
    await refreshLabels(queries, name);
    if (!isOpenAmongThem) return;
    if (what !== "delete") void opened.refetch();
    else navigate(hrefTo(["projects", name, "labeling", ...(next === undefined ? [] : [next])]));
  };

  const finish = async () => {
    session?.setDone(true);
    await session?.saveNow();
    // What stands in the way of saving is said on this page, so that it stays.
    if (session !== undefined && session.getState().save !== "saved") return;
    try {
      const next = await nextUnlabelled(name, location);
      if (next === undefined) notify("No unlabelled document is left.");
      goTo(next);
    } catch (error) {
      notify(`The next document could not be found: ${(error as Error).message}`);
    }
  };

  const goToNeighbour = async (direction: 1 | -1) => {
    const index = neighbourOf(list.documents, place.current, direction);
    const documents = index === list.documents.length && list.hasMore ? await list.loadMore() : list.documents;
    goTo(documents[index]?.location);
  };

  const obey = (command: Command) => {
    if (command.kind === "goToDocument") void goToNeighbour(command.direction);
    else if (command.kind === "save") void session?.saveNow();
    else if (command.kind === "done") void finish();
    else if (command.kind === "help") setHelpOpen(true);
    else if (command.kind === "cancel") setBrush(null);
  };

  return (
    <div className="labeling">
      <DocumentList
        project={name}
        entities={entities}
        list={list}
        current={location}
        onUploaded={afterUpload}
        beforeBulk={async () => session?.saveNow()}
        afterBulk={(done, what) => void afterBulk(done, what)}
      />
      {open !== undefined ? (
        <Editor
          key={open.document.location}
          open={open}
          project={name}
          entities={entities}
          hues={hues}
          brush={brush}
          snapping={snapping}
          initial={spanOf(query)}
          onCommand={obey}
          onReload={reload}
        />
      ) : (
        <section className="editor" aria-label="Document">
          <DocumentKeys onCommand={obey} />
          {location === undefined && first === undefined && !list.isLoading && <NoDocuments />}
          {opened.isError && <Failure error={opened.error} retry={() => void opened.refetch()} />}
          {opened.data !== undefined && (
            <p className="banner" role="alert">
              {opened.data.document.location} cannot be labelled: {opened.data.document.error?.message}
            </p>
          )}
          {opened.isLoading && <Waiting what="document" />}
        </section>
      )}
      <ActivityPane
        project={name}
        entities={entities}
        hues={hues}
        session={session}
        brush={brush}
        onBrush={setBrush}
        snapping={snapping}
        onSnapping={setSnapping}
        onEdit={setEdited}
        onHistory={() => setHistoryOpen(true)}
        onChanges={() => setChangesOpen(true)}
        onHelp={() => setHelpOpen(true)}
      />
      {edited !== null && (
        <EntityDialog
          project={name}
          entity={edited}
          others={entities.filter(({ category }) => category !== edited.category)}
          before={async () => session?.saveNow()}
          after={afterEntityChange}
          onRenamed={(newName) => setBrush((picked) => (picked === edited.category ? newName : picked))}
          onClose={() => setEdited(null)}
        />
      )}
      {isHistoryOpen && open !== undefined && (
        <HistoryDialog
          project={name}
          open={open}
          after={reload}
          onClose={() => setHistoryOpen(false)}
        />
      )}
      {areChangesOpen && (
        <ChangesDialog
          project={name}
          before={async () => session?.saveNow()}
          after={afterEntityChange}
          onClose={() => setChangesOpen(false)}
        />
      )}
      {isHelpOpen && <KeysDialog onClose={() => setHelpOpen(false)} />}
    </div>
  );
}

const NO_HOTKEYS: ReadonlySet<string> = new Set();

/** The commands that are not about labels, where there is no text to label. */
function DocumentKeys({ onCommand }: { readonly onCommand: (command: Command) => void }) {
  useKeyCommands(NO_HOTKEYS, onCommand);
  return null;
}

function NoDocuments() {
  return (
    <div className="help">
      <h1>No documents yet</h1>
      <p>
        Upload text, Markdown, HTML, PDF or Word files at the left, or put them into the project’s storage container: they
        appear here by themselves.
      </p>
    </div>
  );
}

/** `?at=120-126` */
function spanOf(query: URLSearchParams): Span | null {
  const [, start, end] = /^(\d+)-(\d+)$/.exec(query.get("at") ?? "") ?? [];
  return start === undefined || end === undefined ? null : { start: Number(start), end: Number(end) };
}
