import { styleText } from "node:util";

/** Marks a part of a text. */
export type Mark = (mark: "heading" | "warning" | "error", text: string) => string;

const styles = { heading: "bold", warning: "yellow", error: "red" } as const;

/** Marks by colours where the text goes to a terminal that shows them, and not at all elsewhere. */
export function markWith(colors: boolean): Mark {
  return (mark, text) => (colors ? styleText(styles[mark], text, { validateStream: false }) : text);
}
