interface CategorySelectProps {
  readonly categories: readonly string[];
  /** Empty: all. */
  readonly value: string;
  readonly onSelect: (category: string) => void;
}

export function CategorySelect({ categories, value, onSelect }: CategorySelectProps) {
  // A link may name a type that was renamed or deleted since.
  const known = value === "" || categories.includes(value) ? categories : [...categories, value];
  return (
    <label>
      Entity type{" "}
      <select value={value} onChange={(event) => onSelect(event.target.value)}>
        <option value="">all</option>
        {known.map((category) => (
          <option key={category}>{category}</option>
        ))}
      </select>
    </label>
  );
}
