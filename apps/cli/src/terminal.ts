/** The half of a stream that this command line writes to. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** Where a command writes: results on `out`, everything about their making on `err`. */
export interface Terminal {
  readonly out: TextSink;
  readonly err: TextSink;
  /** Results as JSON: one document a line. */
  readonly json: boolean;
}

/** Shows a command's result: the document with `--json`, else `text` for people. */
export const printResult = (terminal: Terminal, document: unknown, text: string): void => {
  terminal.out.write(terminal.json ? `${JSON.stringify(document)}\n` : `${text}\n`);
};

export const note = (terminal: Terminal, text: string): void => {
  terminal.err.write(`${text}\n`);
};
