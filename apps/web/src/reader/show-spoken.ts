const NAME = "spoken";

/**
 * Marks `range` as the words being spoken; null takes the mark away. The text itself is never touched: the Custom
 * Highlight API where the browser has it, else boxes in `layer`, which lies behind the text at its origin.
 */
export const showSpoken = (range: Range | null, layer: HTMLElement): void => {
  if (typeof Highlight !== "undefined" && "highlights" in CSS) {
    if (range === null) CSS.highlights.delete(NAME);
    else CSS.highlights.set(NAME, new Highlight(range));
    return;
  }
  layer.replaceChildren();
  if (range === null) return;
  const origin = layer.getBoundingClientRect();
  for (const { left, top, width, height } of range.getClientRects()) {
    const box = document.createElement("span");
    box.style.cssText = `position:absolute;left:${left - origin.left}px;top:${top - origin.top}px;width:${width}px;height:${height}px`;
    layer.append(box);
  }
};

/** Space, in CSS pixels, that is covered at the window's top and bottom. */
export interface Covered {
  readonly top: number;
  readonly bottom: number;
}

/** Scrolls so that `range` can be read, unless it can be already. */
export const keepInView = (range: Range, covered: Covered): void => {
  const box = range.getBoundingClientRect();
  const above = box.top < covered.top + 8;
  const below = box.bottom > innerHeight - covered.bottom - 24;
  if (!above && !below) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  scrollBy({ top: box.top - innerHeight * 0.28, behavior: still ? "auto" : "smooth" });
};
