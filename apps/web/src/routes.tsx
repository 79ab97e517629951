import type { RouteObject } from "react-router";
import { BookPage } from "./book/book-page.tsx";
import { LibraryPage } from "./library/library-page.tsx";
import { LostPage, Shell } from "./shell/shell.tsx";
import { SignInPage } from "./sign-in/sign-in-page.tsx";
import { JobPage } from "./tasks/job-page.tsx";
import { TasksPage } from "./tasks/tasks-page.tsx";

/** Every page. All but the sign-in stand inside the shell, which lets nobody in who is not signed in. */
export const routes: RouteObject[] = [
  { path: "/sign-in", element: <SignInPage />, errorElement: <LostPage /> },
  {
    element: <Shell />,
    hydrateFallbackElement: <></>,
    errorElement: <LostPage />,
    children: [
      { path: "/", element: <LibraryPage /> },
      { path: "/books/:slug", element: <BookPage /> },
      {
        path: "/books/:slug/:chapter",
        lazy: async () => ({ Component: (await import("./reader/reader-page.tsx")).ReaderPage }),
      },
      { path: "/tasks", element: <TasksPage /> },
      { path: "/tasks/:id", element: <JobPage /> },
      // What operators look at now and then is loaded then.
      {
        path: "/schedule",
        lazy: async () => ({ Component: (await import("./schedule/schedule-page.tsx")).SchedulePage }),
      },
      {
        path: "/runners",
        lazy: async () => ({ Component: (await import("./runners/runners-page.tsx")).RunnersPage }),
      },
      { path: "/keys", lazy: async () => ({ Component: (await import("./keys/keys-page.tsx")).KeysPage }) },
      { path: "*", element: <LostPage /> },
    ],
  },
];
