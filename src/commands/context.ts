/** What a command has of the process that it runs in. */
export interface Context {
  /** Arguments after the command's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** All of standard input; throws when it cannot be read. */
  readonly input: () => string;
  readonly out: (text: string) => void;
  /** Whether `out` leads to a terminal that shows colours; absent: no. */
  readonly colors?: boolean;
  readonly err: (text: string) => void;
  /** Calls the listener for each SIGTERM and SIGINT. */
  readonly onSignal: (listener: () => void) => void;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
}

/** A command; resolves with its exit code. */
export type Command = (context: Context) => Promise<number>;
