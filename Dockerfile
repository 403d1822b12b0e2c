# syntax=docker/dockerfile:1
# One image for the API, the workers and the migration job; the command says which.

FROM node:24-bookworm-slim AS build
WORKDIR /app
# Their own layer: it is built again only when they change.
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/setup/build.mjs \
  && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf dist/test dist/simulator dist/scripts/bench dist/.setup dist/.tsbuildinfo \
  # Debian's ffmpeg is used instead of this one from 2018.
  && rm -rf node_modules/@ffmpeg-installer \
  # Of the runtime of the intent encoder only what Node loads is kept.
  && find node_modules/onnxruntime-web/dist -type f ! -name 'ort.node.min.*' ! -name 'ort-wasm-simd-threaded.wasm' \
    ! -name 'ort-wasm-simd-threaded.mjs' -delete

FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates ffmpeg tini \
    poppler-utils tesseract-ocr tesseract-ocr-por \
  && rm -rf /var/lib/apt/lists/* \
  && mkdir -p /var/lib/ventros/media \
  && chown -R node:node /var/lib/ventros
ENV NODE_ENV=production \
  NODE_OPTIONS=--enable-source-maps \
  API_HOST=0.0.0.0 \
  GRPC_HOST=0.0.0.0 \
  MEDIA_DIR=/var/lib/ventros/media
WORKDIR /app
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/node_modules ./node_modules
COPY --from=build --chown=root:root /app/dist ./dist
# What the compiled code reads at run time: SQL and prompts beside their modules, migrations, prices, protocols.
COPY --from=build --chown=root:root /app/core ./core
COPY --from=build --chown=root:root /app/api ./api
COPY --from=build --chown=root:root /app/config ./config
COPY --from=build --chown=root:root /app/prisma ./prisma
COPY --from=build --chown=root:root /app/proto ./proto
USER node
VOLUME /var/lib/ventros/media
EXPOSE 8080 8081 50051
# Alive, not ready: a container that waits for its database must not be restarted for it. A container is either API or
# workers, so whichever of the two ports answers is its own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "const e=process.env;Promise.any([e.API_PORT||8080,e.WORKERS_HEALTH_PORT||8081].map(p=>fetch('http://127.0.0.1:'+p+'/health/live').then(r=>r.ok||Promise.reject()))).then(()=>process.exit(0),()=>process.exit(1))"]
# Reaps what ffmpeg leaves behind and passes SIGTERM on.
ENTRYPOINT ["tini", "--"]
CMD ["node", "dist/api/main.js"]
