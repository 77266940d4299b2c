# syntax=docker/dockerfile:1
# One image with every service; the command says which. Built for `docker compose`, see docs/RUNNING.md.

FROM node:20-bookworm-slim AS web
WORKDIR /src/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-fund --no-audit
COPY web/ ./
RUN npm run --silent build

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock rustfmt.toml clippy.toml ./
COPY api/ api/
COPY provider-worker/ provider-worker/
COPY accounting-worker/ accounting-worker/
COPY crates/ crates/
COPY migrations/ migrations/
COPY nginx/ nginx/
COPY --from=web /src/web/dist/ web/dist/
# Built caches stay on the builder; what is kept of them is copied out in the same step. Cargo goes by the times of
# files, which would call a checkout unchanged that is older than what another one has put into the cache.
RUN --mount=type=cache,id=sluice-registry,target=/usr/local/cargo/registry --mount=type=cache,id=sluice-target,target=/src/target \
    find . -path ./target -prune -o -type f -exec touch {} + \
    && cargo build --locked --profile dist -p sluice -p api -p provider-worker -p accounting-worker -p simulated-provider \
          --features sluice/amqps,sluice/otel,api/amqps,api/otel,provider-worker/amqps,provider-worker/otel,accounting-worker/amqps \
    && mkdir /out \
    && cp target/dist/sluice target/dist/api target/dist/provider-worker target/dist/accounting-worker \
          target/dist/simulated-provider /out/

# No shell, no package manager, and a user without rights.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out/ /usr/local/bin/
USER nonroot
EXPOSE 8080
CMD ["/usr/local/bin/sluice", "serve"]
