export default function NotFoundPage({ onHome }: { readonly onHome: () => void }) {
  return (
    <main className="page narrow">
      <h1>There is no such page</h1>
      <p>The address may be from an older version or cut short.</p>
      <button type="button" onClick={onHome}>
        All projects
      </button>
    </main>
  );
}
