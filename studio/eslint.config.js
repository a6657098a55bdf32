import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "eslint.config.js"] },
  tseslint.configs.strictTypeChecked,
  reactHooks.configs.flat.recommended,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // Numbers in a sentence are numbers.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // `() => setName("")` is an event handler like any other.
      "@typescript-eslint/no-confusing-void-expression": "off",
      // Text of documents never becomes markup.
      "no-restricted-syntax": [
        "error",
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: "Text goes through React." },
        { selector: "AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]", message: "Text goes through React." },
      ],
    },
  },
  // In a test, what is not there should fail.
  { files: ["tests/**"], rules: { "@typescript-eslint/no-non-null-assertion": "off" } },
);
