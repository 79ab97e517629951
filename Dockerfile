# syntax=docker/dockerfile:1
# Three targets of one platform: `pocketbase` (an official release, checked), `backend` and `runner`.
# docs/docker.md says how they are put together; docker-compose.yml does it.

FROM node:24-slim AS manifests
WORKDIR /app
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY apps/backend/package.json apps/backend/
COPY apps/cli/package.json apps/cli/
COPY apps/runner/package.json apps/runner/
COPY apps/web/package.json apps/web/
COPY packages/domain/package.json packages/domain/
COPY packages/library/package.json packages/library/
COPY packages/pocketbase/package.json packages/pocketbase/
COPY packages/taskqueue/package.json packages/taskqueue/

FROM manifests AS web
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile --filter "@chapterhouse/web..."
COPY packages/domain packages/domain
COPY apps/web apps/web
RUN npx --yes pnpm@12.21.0 --filter @chapterhouse/web run build

# The workspace is copied and installed in place: `pnpm deploy` would put our TypeScript below node_modules, where Node
# refuses to run it. Optional packages are the embedded PocketBase and Chromium, which come from elsewhere here.
FROM manifests AS workspace
RUN npx --yes pnpm@12.21.0 install --frozen-lockfile --prod --no-optional \
    --filter "@chapterhouse/backend..." --filter "@chapterhouse/runner..."
COPY packages packages
COPY apps/backend apps/backend
COPY apps/runner apps/runner
COPY --from=web /app/apps/web/dist apps/web/dist

FROM node:24-slim AS backend
ARG RUN_AS=1000
ENV NODE_ENV=production CHAPTERHOUSE_HOST=0.0.0.0 CHAPTERHOUSE_PORT=8080
WORKDIR /app
COPY --from=workspace /app .
USER ${RUN_AS}:${RUN_AS}
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --start-interval=1s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.CHAPTERHOUSE_PORT + '/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=4", "apps/backend/src/main.ts"]

# A runner has no port. One that hangs stops its heartbeat, loses its tasks to others, and GET /api/status shows it.
FROM node:24-slim AS runner
ARG RUN_AS=1000
RUN apt-get update \
  && apt-get install --yes --no-install-recommends chromium fonts-liberation \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production CHROMIUM_PATH=/usr/bin/chromium HOME=/tmp MALLOC_MMAP_THRESHOLD_=131072
WORKDIR /app
COPY --from=workspace /app .
USER ${RUN_AS}:${RUN_AS}
CMD ["node", "--max-semi-space-size=4", "apps/runner/src/main.ts"]

# PB_VERSION without the v, and PB_SHA256 of its zip for this machine's kind, from checksums.txt on the release's page.
FROM alpine:3.22 AS pocketbase-release
ARG PB_VERSION
ARG PB_SHA256
ARG TARGETARCH
RUN : "${PB_VERSION:?Name a PocketBase release: --build-arg PB_VERSION=0.39.x (docs/docker.md)}" \
  && : "${PB_SHA256:?Name the checksum of that release from its checksums.txt: --build-arg PB_SHA256=… (docs/docker.md)}" \
  && file="pocketbase_${PB_VERSION}_linux_${TARGETARCH:-amd64}.zip" \
  && wget -q -O /tmp/pocketbase.zip "https://github.com/pocketbase/pocketbase/releases/download/v${PB_VERSION}/${file}" \
  && echo "${PB_SHA256}  /tmp/pocketbase.zip" | sha256sum -c - \
  && unzip -q /tmp/pocketbase.zip pocketbase -d /usr/local/bin

FROM alpine:3.22 AS pocketbase
ARG RUN_AS=1000
COPY --from=pocketbase-release /usr/local/bin/pocketbase /usr/local/bin/pocketbase
COPY pb_migrations /app/pb_migrations
COPY pb_hooks /app/pb_hooks
RUN mkdir /pb_data /app/public && chown "${RUN_AS}:${RUN_AS}" /pb_data && chmod 700 /pb_data
USER ${RUN_AS}:${RUN_AS}
EXPOSE 8090
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --start-interval=1s \
  CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8090/api/health"]
CMD ["pocketbase", "serve", "--http=0.0.0.0:8090", "--dir=/pb_data", \
  "--migrationsDir=/app/pb_migrations", "--hooksDir=/app/pb_hooks", "--publicDir=/app/public", \
  "--dev=false", "--hooksWatch=false", "--automigrate=false", "--hooksPool=32"]
