import { Dialog } from "../../components/Dialog";
import { KEYS } from "./commands";

export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <div className="keys">
        {KEYS.map(([title, rows]) => (
          <table key={title}>
            <caption>{title}</caption>
            <tbody>
              {rows.map(([keys, what]) => (
                <tr key={keys}>
                  <th scope="row">
                    <kbd>{keys}</kbd>
                  </th>
                  <td>{what}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ))}
      </div>
      <p className="buttons">
        <button type="button" className="primary" autoFocus onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  );
}
