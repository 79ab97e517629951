import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `pnpm dev` finds the API; the built page is served by the backend itself, from the same origin. */
const backend = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  server: {
    host: "127.0.0.1",
    proxy: { "/api": backend, "/health": backend, "/ready": backend, "/docs": backend, "/openapi.json": backend },
  },
  build: {
    target: "es2022",
    // A font inlined as data: would need a wider CSP than 'self'.
    assetsInlineLimit: 0,
    // React, Mantine and the router, once and then cached for good. The reader with DOMPurify is a chunk of its own.
    chunkSizeWarningLimit: 750,
  },
});
