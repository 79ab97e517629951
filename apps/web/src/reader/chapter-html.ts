import DOMPurify from "dompurify";

/**
 * A chapter as the page may show it. The runner cleaned it already; the page does not take that on trust. Only the
 * marks of prose remain: nothing that runs, and nothing that loads from elsewhere (a picture would tell its host who
 * reads what, and when).
 */
const ALLOWED_TAGS = (
  "p br hr em strong b i u s del ins mark small sub sup span div section h1 h2 h3 h4 h5 h6 blockquote q cite pre code " +
  "ul ol li dl dt dd table caption thead tbody tfoot tr th td figcaption ruby rt rp a"
).split(" ");

const ALLOWED_ATTR = ["href", "lang", "dir", "colspan", "rowspan", "start"];

const purifier = DOMPurify(window);
purifier.addHook("afterSanitizeAttributes", (element) => {
  if (element.tagName !== "A") return;
  element.setAttribute("target", "_blank");
  element.setAttribute("rel", "noopener noreferrer");
});

export const cleanChapterHtml = (html: string): string =>
  purifier.sanitize(html, {
    ALLOWED_TAGS,
    ALLOWED_ATTR,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: /^https?:/i,
  });
