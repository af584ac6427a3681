/**
 * Writes one line of the log. Fields hold data as it came, clients' text included: whoever writes the line escapes them
 * (JSON does). Nobody passes tokens, private keys or whole headers.
 */
export type Log = (
  level: "debug" | "info" | "warning" | "error",
  message: string,
  fields?: Readonly<Record<string, string | number>>,
) => void;
