import { useEffect, useId, useRef, useSyncExternalStore, type ReactNode } from "react";
import { isSignInRefused, subscribeToRefusal } from "../api/session";
import { SignInAgain } from "./SignInAgain";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A modal dialog, by the browser: it keeps the focus, closes on Escape and gives the focus back. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  const isRefused = useSyncExternalStore(subscribeToRefusal, isSignInRefused);
  useEffect(() => {
    const dialog = element.current;
    if (dialog?.open === false) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={element} aria-labelledby={id} onCancel={onClose}>
      <h2 id={id}>{title}</h2>
      {/* The page under a dialog takes no key and no click: signing in there would cost what was typed here. */}
      {isRefused && <SignInAgain />}
      {children}
    </dialog>
  );
}
