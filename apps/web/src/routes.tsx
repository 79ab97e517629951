import type { RouteObject } from "react-router";
import { BookPage } from "./book/book-page.tsx";
import { LibraryPage } from "./library/library-page.tsx";
import { RunnersPage } from "./runners/runners-page.tsx";
import { SchedulePage } from "./schedule/schedule-page.tsx";
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
      { path: "/schedule", element: <SchedulePage /> },
      { path: "/runners", element: <RunnersPage /> },
      { path: "*", element: <LostPage /> },
    ],
  },
];
