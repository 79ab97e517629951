import { ChapterhouseError } from "@chapterhouse/domain";
import { adapter } from "parse5-htmlparser2-tree-adapter";

type Adapter = typeof adapter;
type Parent = Parameters<Adapter["appendChild"]>[0];

/** Browsers nest no deeper than 512. Parsing costs the square of the depth, and walking a tree its stack. */
const DEEPEST = 1000;

/** Builds the tree of one page. Throws `NOT_HTML` as soon as it gets too deep for a page that anyone reads. */
export const boundedTree = (): Adapter => {
  const depths = new WeakMap<object, number>();
  const deepen = (parent: Parent, child: object): void => {
    const depth = (depths.get(parent) ?? 0) + 1;
    if (depth > DEEPEST) {
      throw new ChapterhouseError("NOT_HTML", `The page nests its elements more than ${DEEPEST} deep`);
    }
    depths.set(child, depth);
  };
  return {
    ...adapter,
    appendChild: (parent, child) => {
      deepen(parent, child);
      adapter.appendChild(parent, child);
    },
    insertBefore: (parent, child, before) => {
      deepen(parent, child);
      adapter.insertBefore(parent, child, before);
    },
  };
};
