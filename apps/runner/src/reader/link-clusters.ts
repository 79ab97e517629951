import { type Element, isTag } from "domhandler";
import { canonicalUrl } from "@chapterhouse/domain";
import { type HtmlPage, resolveLink } from "../pages/html-page.ts";

export interface FoundLink {
  readonly url: string;
  readonly text: string;
}

/** Where a link stands (tag names up to the body) and what its address looks like (folder, numbers as `#`). */
const shapeOf = (element: Element, url: URL): string => {
  const tags: string[] = [];
  for (let node: Element | null = element; node; node = node.parent && isTag(node.parent) ? node.parent : null) {
    tags.push(node.name);
  }
  const folder = url.pathname.replace(/\/+$/, "").replace(/[^/]*$/, "");
  return `${tags.join("<")} ${url.host}${folder.replace(/\d+/g, "#")}`;
};

const FURNITURE = new Set(["nav", "header", "footer", "aside"]);

const isFurniture = (element: Element): boolean => {
  for (let node: Element | null = element; node; node = node.parent && isTag(node.parent) ? node.parent : null) {
    if (FURNITURE.has(node.name) || node.attribs["role"] === "navigation") return true;
  }
  return false;
};

/**
 * The page's links in groups that stand in the same place and look alike, in the order of the page; each address once
 * a group. Navigation, headers, footers and links to the page itself are left out.
 */
export const linkClusters = (page: HtmlPage): readonly (readonly FoundLink[])[] => {
  const clusters = new Map<string, Map<string, FoundLink>>();
  const here = canonicalUrl(page.url);
  for (const node of page.$("a[href]").toArray()) {
    const url = resolveLink(page, page.$(node).attr("href"));
    if (!url || !isTag(node) || canonicalUrl(url) === here || isFurniture(node)) continue;
    const shape = shapeOf(node, url);
    const cluster = clusters.get(shape) ?? new Map<string, FoundLink>();
    const address = canonicalUrl(url);
    const text = (page.$(node).attr("title") ?? page.$(node).text()).replace(/\s+/g, " ").trim();
    if (!cluster.get(address)?.text) cluster.set(address, { url: address, text });
    clusters.set(shape, cluster);
  }
  return [...clusters.values()].map((cluster) => [...cluster.values()]);
};
