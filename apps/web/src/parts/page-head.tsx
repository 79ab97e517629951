import { Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./page-head.module.css";

/** A page's heading and its title in the browser's tab; `children` stand at the end of the line. */
export const PageHead = ({ title, children }: { title: string; children?: ReactNode }) => (
  <header className={classes.head}>
    <title>{`${title} · Chapterhouse`}</title>
    <Title order={1} className={classes.title}>
      {title}
    </Title>
    {children !== undefined && <div className={classes.actions}>{children}</div>}
  </header>
);
