import { useEffect, useId, useRef, useState, useSyncExternalStore, type ReactNode, type SyntheticEvent } from "react";
import { isSignInRefused, subscribeToRefusal } from "../api/session";
import { SignInAgain } from "./SignInAgain";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

const TYPED = "textarea, input:not([type]), input[type=text], input[type=search], input[type=number]";

/**
 * A modal dialog, by the browser: it keeps the focus, closes on Escape and gives the focus back. Where something was
 * typed, the first Escape only says what a second one would cost; a form that has been saved says so by `data-saved`.
 */
export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  const typed = useRef(new Set<Element>());
  const [isWarned, setWarned] = useState(false);
  const isRefused = useSyncExternalStore(subscribeToRefusal, isSignInRefused);
  useEffect(() => {
    const dialog = element.current;
    if (dialog?.open === false) dialog.showModal();
    return () => dialog?.close();
  }, []);
  const note = (event: SyntheticEvent<HTMLElement>) => {
    const field = event.target as HTMLElement;
    if (field.matches(TYPED)) typed.current.add(field);
    setWarned(false);
  };
  const cancel = (event: SyntheticEvent) => {
    // Of a file picker in it, for one.
    if (event.target !== element.current) return;
    // A browser closes at a second Escape without asking.
    const isLost = [...typed.current].some((field) => field.closest("[data-saved]") === null);
    if (!isLost || isWarned || !event.nativeEvent.cancelable) {
      onClose();
      return;
    }
    event.preventDefault();
    setWarned(true);
  };
  return (
    <dialog ref={element} aria-labelledby={id} onInput={note} onSubmit={() => setWarned(false)} onCancel={cancel}>
      <h2 id={id}>{title}</h2>
      {/* The page under a dialog takes no key and no click: signing in there would cost what was typed here. */}
      {isRefused && <SignInAgain />}
      {children}
      {isWarned && (
        <p className="banner" role="alert">
          Escape once more closes this and drops what you typed.
        </p>
      )}
    </dialog>
  );
}
