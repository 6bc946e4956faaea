# syntax=docker/dockerfile:1
# The server without a shell script, a compiler or a test: `docker build -t clientele .`
ARG NODE=26-slim

FROM node:${NODE} AS build
WORKDIR /build
# --workspaces=false leaves out what only a checkout needs: a Node, a PostgreSQL.
COPY package.json package-lock.json .npmrc ./
COPY tools/runtime/package.json tools/runtime/
COPY tools/postgres/package.json tools/postgres/
RUN npm ci --workspaces=false --include=dev --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN node node_modules/typescript/bin/tsc -p tsconfig.build.json \
 && npm ci --workspaces=false --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:${NODE}
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
# The only place that is written to.
RUN install -d -o node -g node -m 0700 /data
VOLUME /data
USER node
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 CLIENTELE_DATA_DIR=/data
EXPOSE 8080
# The certificate is for what people reach, and this does not leave the container.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD \
  ["node", "--no-warnings", "-e", "process.env.NODE_TLS_REJECT_UNAUTHORIZED='0';fetch(`http${process.env.CLIENTELE_TLS_CERT?'s':''}://127.0.0.1:${process.env.PORT}/health/live`).then(({ok})=>process.exit(ok?0:1),()=>process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "dist/cli/main.js"]
