import { dismiss, holdNotices, notify, useNotices, type Notice } from "../notices";

export function Notices() {
  const notices = useNotices();
  return (
    <div
      className="notices"
      role="status"
      aria-label="Messages"
      onPointerEnter={() => holdNotices(true)}
      onPointerLeave={() => holdNotices(false)}
      onFocus={() => holdNotices(true)}
      onBlur={() => holdNotices(false)}
    >
      {notices.map((notice) => (
        <div key={notice.id} className="notice">
          <span>{notice.text}</span>
          {notice.undo !== undefined && (
            <button type="button" onClick={() => void undo(notice)}>
              Undo
            </button>
          )}
          <button type="button" className="quiet" aria-label="Dismiss" onClick={() => dismiss(notice.id)}>
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}

async function undo({ id, undo: run }: Notice): Promise<void> {
  dismiss(id);
  try {
    await run?.();
    notify("Undone.");
  } catch (error) {
    notify(`Could not be undone: ${(error as Error).message}`);
  }
}
