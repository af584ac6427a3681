import { textOf, type GoString } from "./go-string.ts";

/**
 * Leaves the parser or the interpreter from however deep inside; `parseTemplate` and `render` turn it into a value.
 * The message is made of Go strings, because it quotes the template and its data.
 */
export class TemplateFailure extends Error {
  constructor(message: GoString) {
    super(textOf(message));
    this.name = "TemplateFailure";
  }
}
