/**
 * Route paths, for the backend and its callers. `:name` stands for a part.
 * Audio: POST audioChapter (one), POST audioBook (all or a range). Files: cover, narrationAudio (HTTP Range).
 */
export const ROUTES = {
  signIn: "/api/auth/sign-in",
  signOut: "/api/auth/sign-out",
  me: "/api/auth/me",
  scrapeCatalogue: "/api/scrape/catalogue",
  scrapeBook: "/api/scrape/book",
  scrapeRange: "/api/scrape/book/range",
  audioChapter: "/api/audio/:slug/:chapter",
  audioBook: "/api/audio/:slug",
  tasks: "/api/tasks",
  task: "/api/tasks/:id",
  cancelTask: "/api/tasks/:id/cancel",
  books: "/api/books",
  book: "/api/books/:slug",
  cover: "/api/books/:slug/cover",
  chapters: "/api/books/:slug/chapters",
  chapter: "/api/books/:slug/chapters/:chapter",
  narration: "/api/narrations/:id",
  narrationAudio: "/api/narrations/:id/audio",
  voices: "/api/voices",
  runners: "/api/runners",
  status: "/api/status",
  health: "/health",
  ready: "/ready",
  openapi: "/openapi.json",
} as const;
