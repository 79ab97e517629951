import { IconArrowLeft, IconArrowRight } from "@tabler/icons-react";
import { useEffect } from "react";
import { Link, useNavigate } from "react-router";
import classes from "./chapter-links.module.css";

export const ChapterLinks = ({
  slug,
  previous,
  next,
}: {
  slug: string;
  previous: number | null;
  next: number | null;
}) => (
  <nav aria-label="Chapters" className={classes.links}>
    {previous === null ? (
      <span />
    ) : (
      <Link to={`/books/${slug}/${previous}`} rel="prev">
        <IconArrowLeft size={18} aria-hidden /> Previous
      </Link>
    )}
    <Link to={`/books/${slug}`}>All chapters</Link>
    {next === null ? (
      <span />
    ) : (
      <Link to={`/books/${slug}/${next}`} rel="next">
        Next <IconArrowRight size={18} aria-hidden />
      </Link>
    )}
  </nav>
);

/** Left and right arrow: the chapter before and after, unless the key belongs to a control. */
export const useChapterKeys = ({
  slug,
  previous,
  next,
}: {
  slug: string;
  previous: number | null;
  next: number | null;
}): void => {
  const navigate = useNavigate();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
      if (event.target instanceof Element && event.target.closest("input, select, textarea, [role=menu]")) return;
      const to = event.key === "ArrowLeft" ? previous : event.key === "ArrowRight" ? next : null;
      if (to !== null) void navigate(`/books/${slug}/${to}`);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [navigate, slug, previous, next]);
};
