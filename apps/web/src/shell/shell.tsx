import { Anchor, Button, Center, Container, Loader, Text, Title } from "@mantine/core";
import { Suspense, useEffect, useRef } from "react";
import {
  isRouteErrorResponse,
  Link,
  Navigate,
  Outlet,
  ScrollRestoration,
  useLocation,
  useRouteError,
} from "react-router";
import { useMe } from "../api/session.ts";
import { FollowQueue } from "../live/follow-queue.tsx";
import { Problem } from "../parts/problem.tsx";
import { ActivityStrip } from "./activity-strip.tsx";
import { AwayBanner } from "./away-banner.tsx";
import { PageHeader } from "./page-header.tsx";
import classes from "./shell.module.css";

/** What every page stands in: skip link, header, what runs now, and the page itself. Signed-out visitors go to sign in. */
export const Shell = () => {
  const me = useMe();
  const { pathname, search } = useLocation();
  const main = useFocusOnNavigation(pathname);

  if (me.isPending) {
    return (
      <Center h="100dvh">
        <Loader aria-label="Loading" />
      </Center>
    );
  }
  if (me.isError && me.data === undefined) {
    return (
      <Container size="xs" pt="20vh">
        <Problem error={me.error} title="The library cannot be opened" retry={() => void me.refetch()} />
      </Container>
    );
  }
  if (!me.data) return <Navigate to={`/sign-in?to=${encodeURIComponent(pathname + search)}`} replace />;
  return (
    <FollowQueue>
      <a href="#main" className={classes.skip}>
        Skip to the page
      </a>
      <PageHeader person={me.data} />
      <ActivityStrip />
      <AwayBanner />
      <main id="main" ref={main} tabIndex={-1} className={classes.main}>
        <Suspense fallback={<Loader aria-label="Loading" />}>
          <Outlet />
        </Suspense>
      </main>
      <ScrollRestoration />
    </FollowQueue>
  );
};

/** After a change of page the focus stands at its beginning, as after a full load; not on the very first page. */
const useFocusOnNavigation = (pathname: string) => {
  const main = useRef<HTMLElement>(null);
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current !== pathname) main.current?.focus({ preventScroll: true });
    before.current = pathname;
  }, [pathname]);
  return main;
};

/** An address that leads nowhere, or a page that broke. */
export const LostPage = () => {
  const error = useRouteError();
  const broke = error !== undefined && error !== null && !(isRouteErrorResponse(error) && error.status === 404);
  return (
    <Container size="xs" py="15vh">
      <title>Not here · Chapterhouse</title>
      <Title order={1} mb="sm">
        {broke ? "This page broke" : "There is no such page"}
      </Title>
      <Text c="dimmed" mb="lg">
        {broke
          ? "That is a fault of Chapterhouse. Loading the page again often helps; your library is safe."
          : "The address leads nowhere. Perhaps the book was removed."}
      </Text>
      {broke && (
        <Button variant="default" onClick={() => location.reload()} mr="md">
          Load again
        </Button>
      )}
      <Anchor component={Link} to="/">
        To the library
      </Anchor>
    </Container>
  );
};
