import { sentenceAtPlace, sentenceSpans, type Span } from "./sentence-positions.ts";

/** The sentences of a narration, found in a rendered chapter. */
export interface SpokenText {
  /** Where sentence `index` stands on the page; null when it does not occur there. */
  range(index: number): Range | null;
  /** The sentence under a point of the window, by its index; -1 for none. */
  at(x: number, y: number): number;
}

export const findSpokenText = (root: Element, sentences: readonly string[]): SpokenText => {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes: Text[] = [];
  while (walker.nextNode() !== null) nodes.push(walker.currentNode as Text);
  const spans = sentenceSpans(
    nodes.map((node) => node.data),
    sentences,
  );
  return {
    range: (index) => toRange(nodes, spans[index] ?? null),
    at: (x, y) => {
      const caret = caretAt(x, y);
      const node = caret === null ? -1 : nodes.indexOf(caret.node as Text);
      return caret === null || node === -1 ? -1 : sentenceAtPlace(spans, { node, offset: caret.offset });
    },
  };
};

const toRange = (nodes: readonly Text[], span: Span | null): Range | null => {
  const [from, to] = span === null ? [] : [nodes[span.start.node], nodes[span.end.node]];
  if (span === null || from === undefined || to === undefined) return null;
  const range = document.createRange();
  range.setStart(from, span.start.offset);
  range.setEnd(to, span.end.offset);
  return range;
};

const caretAt = (x: number, y: number): { node: Node; offset: number } | null => {
  if ("caretPositionFromPoint" in document) {
    const caret = document.caretPositionFromPoint(x, y);
    return caret === null ? null : { node: caret.offsetNode, offset: caret.offset };
  }
  // Safari before 18.4 knows only the older name.
  const old = (document as unknown as { caretRangeFromPoint?: (x: number, y: number) => Range | null })
    .caretRangeFromPoint;
  const range = old?.call(document, x, y) ?? null;
  return range === null ? null : { node: range.startContainer, offset: range.startOffset };
};
